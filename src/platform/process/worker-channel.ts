import { z } from 'zod';
import { HoldfastError } from '../../kernel/errors.ts';

/** What a supervisor tells its worker over IPC: the secret travels here, never by environment or arguments. */
export const WorkerStart = z.object({
  type: z.literal('start'),
  server: z.string(),
  secret: z.string(),
  name: z.string(),
  root: z.string(),
  concurrency: z.int().min(1),
  /** The supervisor is PID 1, so that its end is everybody's: a drain waits for applies. */
  staysForApplies: z.boolean().optional(),
});
export type WorkerStart = z.infer<typeof WorkerStart>;

/** Waits for the supervisor's message. Throws `invalid` where this process has no supervisor. */
export function receiveStart(): Promise<WorkerStart> {
  if (!process.connected) {
    const message = 'this process was not started by `holdfast up`, so that nobody can tell it its secret';
    return Promise.reject(new HoldfastError('invalid', message));
  }
  return new Promise((resolve) => {
    process.on('message', function onMessage(message) {
      const start = WorkerStart.safeParse(message);
      if (!start.success) return;
      process.off('message', onMessage);
      // The channel stays open, for its end tells of the supervisor's.
      process.channel?.ref();
      resolve(start.data);
    });
  });
}

/** Calls back when the supervisor is gone, which its channel tells at once. */
export function onSupervisorGone(callback: () => void): void {
  if (process.connected) process.once('disconnect', callback);
  else callback();
}
