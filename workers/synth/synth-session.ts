import { join } from 'node:path';
import type { SynthAssignment, SynthOutcome } from '../../src/features/execution/synth-protocol.ts';
import { type Clock, sleep } from '../../src/kernel/clock.ts';
import { messageOf } from '../../src/kernel/errors.ts';
import { newId } from '../../src/kernel/ids.ts';
import type { Logger } from '../../src/kernel/logger.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { isTaken } from '../control/answer-error.ts';
import { type RetryOptions, retryForever } from '../control/retry.ts';
import type { SynthClient } from '../control/synth-client.ts';
import { removeTree } from '../remove-tree.ts';
import { SYNTH_LIMITS, type SynthContext, type SynthEnd } from './synth-context.ts';
import { synthesise } from './synthesise.ts';

export interface SynthSessionDeps {
  readonly root: string;
  readonly worker: string;
  readonly client: SynthClient;
  readonly workerEnv: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pauses?: NonNullable<RetryOptions['pauses']>;
  /** Aborted when the worker drains: the app is ended, and somebody else begins anew. */
  readonly signal: AbortSignal;
}

/** Claims one synthesis and carries it to its acknowledged outcome; nothing where none waits. Never rejects. */
export async function carrySynthesis(deps: SynthSessionDeps): Promise<void> {
  const { client, clock, logger, worker, signal, pauses } = deps;
  const retry = { clock, logger, signal, ...(pauses ? { pauses } : {}) };
  try {
    const claim = { claim_id: newId(clock, systemRandom, 16), worker };
    const assignment = await retryForever('claim', () => client.claim(claim), retry);
    if (assignment) await carry(deps, assignment, retry);
  } catch (error) {
    if (!signal.aborted) logger.warn({ reason: messageOf(error) }, 'a synthesis was dropped');
  }
}

async function carry(deps: SynthSessionDeps, assignment: SynthAssignment, retry: RetryOptions): Promise<void> {
  const { client, clock, root } = deps;
  const { key, attempt, app, repository } = assignment;
  const logger = deps.logger.child({ app, repository, key: key.slice(0, 12), attempt });
  const ending = new AbortController();
  const over = new AbortController();
  const signal = AbortSignal.any([deps.signal, ending.signal]);
  const held = holdLease({ deps, assignment, over: over.signal, lose: () => ending.abort() });
  const place = join(root, 'synth', `${key.slice(0, 16)}-${attempt}`);
  const context: SynthContext = {
    ...{ assignment, root, place, clock, logger, signal, workerEnv: deps.workerEnv, limits: SYNTH_LIMITS },
    appDir: join(place, 'src', assignment.dir),
    outDir: join(place, 'out'),
    fetchSource: () => client.fetch({ key, attempt }),
    sendStack: (tar) => retryForever('stacks', () => client.send({ key, attempt }, tar), { ...retry, signal }),
  };
  try {
    logger.info({}, 'synthesising a CDKTF app');
    const end = await retryForever('synthesis', () => synthesise(context), { ...retry, signal });
    const outcome: SynthOutcome = { ...(end satisfies SynthEnd), attempt };
    await retryForever('outcome', () => client.sendOutcome(key, outcome), { ...retry, signal });
    logger.info({ result: end.result, stacks: end.stacks.length, ms: end.timings }, 'a CDKTF app was synthesised');
  } catch (error) {
    if (!isTaken(error)) throw error;
    logger.warn({ reason: messageOf(error) }, 'the synthesis is no longer ours');
  } finally {
    over.abort();
    await held;
    await removeTree(place);
  }
}

interface Hold {
  readonly deps: SynthSessionDeps;
  readonly assignment: SynthAssignment;
  readonly over: AbortSignal;
  readonly lose: () => void;
}

/** Says that we are at it three times a lease; who has lost it stops. */
async function holdLease({ deps, assignment, over, lose }: Hold): Promise<void> {
  const { client, clock } = deps;
  for (;;) {
    await sleep(clock, assignment.lease_ms / 3, over);
    if (over.aborted) return;
    await client.extend(assignment).catch((error) => {
      if (isTaken(error)) lose();
    });
  }
}
