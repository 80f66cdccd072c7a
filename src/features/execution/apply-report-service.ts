import type { Readable } from 'node:stream';
import { HoldfastError, messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunStore } from '../runs/index.ts';
import type { ProcessReport } from './apply-protocol.ts';
import { artifactAbout } from './artifact-about.ts';
import type { ArtifactIntake, ErroredStateTaker } from './execution-ports.ts';
import { heldApply } from './held-run.ts';

export interface ApplyReportDeps {
  readonly db: Database;
  readonly runs: RunStore;
  readonly artifacts: ArtifactIntake;
  readonly states: ErroredStateTaker;
  readonly logger: Logger;
}

/** Kind of the artifact that holds a state which terraform could not save. */
export const ERRORED_STATE = 'errored-state';

/** What a worker tells while an apply goes on: which process it is, and a state that could not be saved. */
export class ApplyReportService {
  readonly #deps: ApplyReportDeps;

  constructor(deps: ApplyReportDeps) {
    this.#deps = deps;
  }

  /** Notes what the engine's death would be proven by. Throws `fenced`, `gone`. */
  async noteProcess(run: string, { attempt, ...process }: ProcessReport): Promise<void> {
    await this.#deps.db.transaction().execute(async (tx) => {
      await heldApply(this.#deps.runs, tx, { run, attempt });
      await this.#deps.runs.setProcess(tx, { run, attempt }, JSON.stringify(process));
    });
  }

  /**
   * Keeps an `errored.tfstate`, sealed, and makes it the stored state where the run still holds its stack's lock and no
   * newer one is stored. Once this resolves it cannot be lost. Throws `fenced`, `gone`, `too_large`, `busy`.
   */
  async keepErroredState(
    ref: { run: string; attempt: number },
    worker: string,
    bytes: Readable,
  ): Promise<{ digest: string; size: number; taken: boolean }> {
    const { db, runs, artifacts } = this.#deps;
    const { run, spec } = await db.transaction().execute(async (tx) => {
      const held = await heldApply(runs, tx, ref);
      const found = await runs.spec(held.spec_digest, tx);
      if (!found) throw new HoldfastError('internal', `run ${held.id} names a spec that is not stored`);
      return { run: held, spec: found };
    });
    const about = artifactAbout(run, spec, ERRORED_STATE);
    const kept = await artifacts.receive(about, bytes);
    const taken = spec.backend !== 'foreign' && (await this.#take({ ...about, digest: kept.digest }, worker));
    return { ...kept, taken };
  }

  async #take(about: ReturnType<typeof artifactAbout> & { digest: string }, worker: string): Promise<boolean> {
    const { artifacts, states, logger } = this.#deps;
    const { run, stack } = about;
    try {
      const { bytes } = await artifacts.openNewest(about);
      await states.takeErrored({ stack, run, actor: `worker:${worker}`, bytes });
      logger.warn({ run, stack }, 'a state that terraform could not save was taken');
      return true;
    } catch (error) {
      // Anything that may pass is the worker's to try again; what is final leaves the state kept, for people.
      if (!(error instanceof HoldfastError) || error.treatment.kind === 'retry') throw error;
      logger.error(
        { run, stack, reason: messageOf(error) },
        'a state that terraform could not save was kept, not taken',
      );
      return false;
    }
  }
}
