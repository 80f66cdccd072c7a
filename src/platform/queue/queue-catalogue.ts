import { z } from 'zod';
import { sha256 } from '../../kernel/digest.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Phase } from '../../kernel/run-status.ts';

const id = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^:]*$/);

/**
 * Every queue and what its jobs carry: ids only, never a secret, never an instruction. A job says "go and look".
 * `apply` is apart so that a long row of plans never keeps an apply waiting.
 */
export const QUEUES = {
  plan: z.object({ run: id }),
  apply: z.object({ run: id }),
  deliver: z.object({ channel: z.string().min(1).max(200) }),
} as const;

export type QueueName = keyof typeof QUEUES;
export type QueuePayload<Q extends QueueName> = z.infer<(typeof QUEUES)[Q]>;

/**
 * The name under which a queue is kept. An apply goes only where its working copy lies: `apply` is one queue for each root
 * (`at`, an absolute path), so that exactly those workers hear it that may have it.
 */
export function queueKey(queue: QueueName, at?: string): string {
  return at === undefined ? queue : `${queue}-${sha256(at).slice(0, 16)}`;
}

/** One press of the doorbell: a job's id and its payload. */
export interface Ring<Q extends QueueName> {
  readonly id: string;
  readonly payload: QueuePayload<Q>;
}

/** `<run>-<phase>-<attempt>`: a retry is a new job, a second ring for the same attempt is none. Throws `invalid` on `:`. */
export function ringForRun(run: string, phase: Phase, attempt: number): Ring<'plan' | 'apply'> {
  if (run.includes(':')) throw new HoldfastError('invalid', `run id ${JSON.stringify(run)} must not hold ":"`);
  return { id: `${run}-${phase}-${attempt}`, payload: { run } };
}

/** The same ring as another job: `<id>-again-<n>`. */
export function ringOnceMore<Q extends QueueName>(ring: Ring<Q>, n: number): Ring<Q> {
  return { ...ring, id: `${ring.id}-again-${n}` };
}

/** The id of the first job of a ring. */
export function firstId(id: string): string {
  return id.replace(/-again-\d+$/, '');
}

/** One job per channel: ringing for a channel that is already rung for is nothing. */
export function ringForChannel(channel: string): Ring<'deliver'> {
  return { id: `channel-${sha256(channel).slice(0, 16)}`, payload: { channel } };
}

/** The prefix of all keys of one instance; the braces keep them in one slot of a Redis Cluster. */
export function queuePrefix(instance: string): string {
  return `{holdfast-${instance.replace(/[^A-Za-z0-9_-]/g, '-')}}`;
}
