import { Worker } from 'node:worker_threads';
import { HoldfastError } from '../kernel/errors.ts';

/** A thread for one question: `name` of its file in this folder, and what it may hold on to. */
export interface ThreadQuestion {
  readonly name: string;
  readonly message: unknown;
  /** Memory that goes over to it. */
  readonly transfer?: readonly ArrayBuffer[];
  readonly maxMegabytes: number;
}

/**
 * Starts a thread, asks it one thing and ends it: for what is seldom, and would hold up the event loop for long. Throws `busy`
 * where the thread dies.
 */
export function askThread<T>({ name, message, transfer = [], maxMegabytes }: ThreadQuestion): Promise<T> {
  // A checkout runs .ts, the package built .js.
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const worker = new Worker(new URL(`./${name}${extension}`, import.meta.url), {
    ...{ stdout: true, stderr: true, env: {} },
    resourceLimits: { maxOldGenerationSizeMb: maxMegabytes },
  });
  worker.stdout.resume();
  worker.stderr.resume();
  return new Promise<T>((resolve, reject) => {
    const lost = (cause: unknown) =>
      reject(new HoldfastError('busy', `the thread ${name} ended without an answer; try again`, { cause }));
    worker.once('message', resolve).once('error', lost).once('exit', lost);
    worker.postMessage(message, transfer);
  }).finally(() => worker.terminate());
}
