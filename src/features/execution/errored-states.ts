import type { Readable } from 'node:stream';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunStore } from '../runs/index.ts';
import { ERRORED_STATE } from './apply-report-service.ts';
import { artifactAbout } from './artifact-about.ts';
import type { ArtifactIntake } from './execution-ports.ts';

/** Makes a state's bytes the stored ones because a person says so. */
export interface StateRecovery {
  /** Answers the new serial; throws `conflict` while somebody holds the lock, or a run of the stack is open. */
  recover(about: {
    readonly stack: string;
    readonly run: string;
    readonly actor: string;
    readonly open: () => Promise<Readable>;
  }): Promise<number>;
}

export interface ErroredStatesDeps {
  readonly db: Database;
  readonly runs: RunStore;
  readonly artifacts: Pick<ArtifactIntake, 'newest' | 'openNewest'>;
  readonly states: StateRecovery;
}

/** States that terraform could not save and Holdfast could not take: kept sealed, here for a person who has decided. */
export class ErroredStates {
  readonly #deps: ErroredStatesDeps;

  constructor(deps: ErroredStatesDeps) {
    this.#deps = deps;
  }

  /** The bytes as terraform wrote them. Throws `not_found` where the run of this stack left none, `gone` after its retention. */
  async open(stack: string, run: string): Promise<{ digest: string; size: number; bytes: Readable }> {
    const { about } = await this.#find(stack, run);
    return this.#deps.artifacts.openNewest(about);
  }

  /** Makes it the stored state, whatever its serial and lineage. Answers the new serial. */
  async restore(stack: string, run: string, actor: string): Promise<number> {
    const { about, isOwn } = await this.#find(stack, run);
    if (!isOwn) {
      const wayOut = `holdfast state pull ${stack} --run ${run} > errored.tfstate, then in the stack's directory: terraform state push errored.tfstate`;
      throw new HoldfastError('invalid', `the state of ${stack} lies in a backend of its own`, {
        treatment: { kind: 'human', wayOut },
      });
    }
    const open = async () => (await this.#deps.artifacts.openNewest(about)).bytes;
    return this.#deps.states.recover({ stack, run, actor, open });
  }

  async #find(stack: string, id: string) {
    const { db, runs, artifacts } = this.#deps;
    const run = await runs.find(id);
    const row = run?.stack === stack ? await artifacts.newest(db, { run: id, kind: ERRORED_STATE }) : null;
    const spec = run && (await runs.spec(run.spec_digest));
    if (run && row && spec) {
      return { about: artifactAbout(run, spec, ERRORED_STATE), isOwn: spec.backend !== 'foreign' };
    }
    throw new HoldfastError('not_found', `run ${id} of ${stack} left no state that could not be saved`, {
      treatment: { kind: 'human', wayOut: `see how it ended: holdfast run ${id}` },
    });
  }
}
