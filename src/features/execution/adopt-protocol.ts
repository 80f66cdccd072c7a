import { z } from 'zod';
import { Assignment, RunRef } from './protocol.ts';

const name = z.string().min(1).max(200);

/** `POST adopt`: a worker back on its root offers an unacknowledged run directory. 200, 409 fenced, 410 unknown. */
export const AdoptRequest = RunRef.extend({
  worker: name,
  root: z.string().max(4096),
  evidence: z.enum(['running', 'exited', 'never_started', 'vanished']),
});
export type AdoptRequest = z.infer<typeof AdoptRequest>;

/** The new attempt, the whole assignment again, and how much of the log is already kept. */
export const AdoptResponse = z.object({ attempt: z.int(), assignment: Assignment, log_size: z.number() });
export type AdoptResponse = z.infer<typeof AdoptResponse>;

/** `POST claims/unbegun`: claims of an earlier life of this worker of which nothing was ever begun, and will be. 204. */
export const UnbegunRequest = z.object({ worker: name, claims: z.array(z.string().min(8).max(100)).max(1000) });
export type UnbegunRequest = z.infer<typeof UnbegunRequest>;
