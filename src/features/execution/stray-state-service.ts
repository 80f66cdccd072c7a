import type { Readable } from 'node:stream';
import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { RunStore, StackBlocks, Tx } from '../runs/index.ts';
import { type ApplyEnd, decideEnd } from './apply-end.ts';
import { nextStepText } from './apply-end-text.ts';
import { unknownEnd } from './apply-ender.ts';
import { ERRORED_STATE } from './apply-report-service.ts';
import { artifactAbout } from './artifact-about.ts';
import type { ArtifactIntake, StateAccess } from './execution-ports.ts';
import { fenced, unknownRun } from './held-run.ts';

/** Tells people, in the transaction that blocks it, that the stack of an ended run is blocked. */
export type TellBlocked = (tx: Tx, run: RunTable, at: number) => Promise<void>;

export interface StrayStateDeps {
  readonly db: Database;
  readonly runs: RunStore;
  readonly artifacts: Pick<ArtifactIntake, 'receive'>;
  readonly blocks: Pick<StackBlocks, 'block'>;
  readonly state: Pick<StateAccess, 'current'>;
  readonly tell: TellBlocked;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Takes what terraform could not save in an apply that had been given up: its lock was freed by a person, and terraform ran
 * on. It is kept sealed as that run's errored state, for a person to decide about; nothing is stored, and no run moves.
 */
export class StrayStateService {
  readonly #deps: StrayStateDeps;

  constructor(deps: StrayStateDeps) {
    this.#deps = deps;
  }

  /**
   * Once this resolves it cannot be lost, its stack is blocked and people are told; the same again changes nothing. Throws
   * `gone` for an unknown run, `fenced` for an attempt that never was, `busy` while the run is under way, `too_large`.
   */
  async keep(
    ref: { run: string; attempt: number },
    worker: string,
    bytes: Readable,
  ): Promise<{ digest: string; size: number }> {
    const { db, runs, artifacts } = this.#deps;
    const { about, isOwn } = await db.transaction().execute(async (tx) => {
      const run = await this.#ended(tx, ref);
      const spec = await runs.spec(run.spec_digest, tx);
      if (!spec) throw new HoldfastError('internal', `run ${run.id} names a spec that is not stored`);
      const about = { ...artifactAbout(run, spec, ERRORED_STATE), attempt: ref.attempt };
      return { about, isOwn: spec.backend !== 'foreign' };
    });
    const kept = await artifacts.receive(about, bytes);
    await db.transaction().execute((tx) => this.#note(tx, { ref, worker, isOwn, digest: kept.digest }));
    return kept;
  }

  async #note(tx: Tx, { ref, worker, isOwn, digest }: Arrival): Promise<void> {
    const { runs, blocks, state, tell, clock, logger } = this.#deps;
    const run = await this.#ended(tx, ref);
    // Saved after all: terraform was only not told so.
    if (isOwn && (await state.current(tx, run.stack))?.digest === digest) return;
    const at = clock.now();
    const end: ApplyEnd = decideEnd({ ...unknownEnd(run, isOwn), evidence: 'exited', erroredState: 'kept' });
    const about = { run: run.id, stack: run.stack, orphans: 0, isOwnState: isOwn };
    const nextStep = nextStepText(end, null, about) ?? '';
    const reason = `run ${run.id} was given up while terraform ran on: what terraform could not save came afterwards`;
    await runs.noteLateEnd(tx, run.id, { end: end.end ?? 'unsaved_state', nextStep, at });
    await blocks.block(tx, { stack: run.stack, run: run.id, reason, actor: `worker:${worker}` });
    await tell(tx, (await runs.findIn(tx, run.id)) ?? run, at);
    logger.error({ run: run.id, stack: run.stack }, 'a state came that the apply of an ended run could not save');
  }

  async #ended(tx: Tx, { run: id, attempt }: { run: string; attempt: number }): Promise<RunTable> {
    const run = await this.#deps.runs.findIn(tx, id);
    if (!run) throw unknownRun(id);
    if (attempt > run.attempt || run.plan_digest === null) throw fenced(run, attempt);
    if (run.status !== 'applying' && run.status !== 'interrupted') return run;
    // Whoever has it now tells its end, with its state.
    throw new HoldfastError('busy', `run ${id} is ${run.status}: its own attempt sends what it could not save`);
  }
}

interface Arrival {
  readonly ref: { readonly run: string; readonly attempt: number };
  readonly worker: string;
  readonly isOwn: boolean;
  readonly digest: string;
}
