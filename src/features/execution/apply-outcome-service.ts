import { HoldfastError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { Replanner, RunStore, StackAtHead, Tx } from '../runs/index.ts';
import type { ApplyClaims } from './apply-claims.ts';
import { decideEnd } from './apply-end.ts';
import type { ApplyEnder } from './apply-ender.ts';
import { endFactsOf } from './apply-facts.ts';
import type { AppliedResource, ApplyOutcomeRequest } from './apply-protocol.ts';
import { ERRORED_STATE } from './apply-report-service.ts';
import type { ArtifactIntake, LockLookup, StateAccess, StateResourceLookup } from './execution-ports.ts';
import { fenced, unknownRun } from './held-run.ts';
import { madeOf, orphanOf } from './orphans.ts';

export interface ApplyOutcomeDeps {
  readonly db: Database;
  readonly runs: RunStore;
  readonly state: StateAccess;
  readonly locks: LockLookup;
  readonly resources: StateResourceLookup;
  readonly artifacts: Pick<ArtifactIntake, 'newest'>;
  /** Where a stack is planned again whose plan cannot be applied any more. */
  readonly claims: Pick<ApplyClaims, 'headFor'>;
  readonly replanner: Pick<Replanner, 'stale'>;
  readonly ender: ApplyEnder;
  readonly logger: Logger;
  /** Called after the outcome is committed: something else may be admissible now. */
  readonly ring: () => void;
}

const LOOKS = 5;

/** Records how an apply ended: once per (run, attempt), however often it is told. */
export class ApplyOutcomeService {
  readonly #deps: ApplyOutcomeDeps;

  constructor(deps: ApplyOutcomeDeps) {
    this.#deps = deps;
  }

  /** The run as it stands afterwards. Throws `fenced` for an attempt that is no longer the one, `gone`, `busy`. */
  async record(id: string, worker: string, told: ApplyOutcomeRequest): Promise<RunTable> {
    for (let look = 0; look < LOOKS; look++) {
      const seen = await this.#deps.runs.find(id);
      if (!seen) throw unknownRun(id);
      const looked = isOpenFor(seen, told) ? await this.#look(seen, told) : NOTHING;
      const head = told.plan_again === true ? await this.#deps.claims.headFor(id) : undefined;
      const telling = { id, worker, told, looked, head };
      const run = await this.#deps.db.transaction().execute((tx) => this.#record(tx, telling));
      if (!run) continue;
      this.#deps.ring();
      return run;
    }
    throw new HoldfastError('busy', `the state of run ${id} changes all the time; try again`);
  }

  /** What is in no state: the state is read as a stream, so not within the transaction. */
  async #look(run: RunTable, told: ApplyOutcomeRequest): Promise<Looked> {
    const isOwn = (await this.#deps.runs.spec(run.spec_digest))?.backend !== 'foreign';
    const made = madeOf(told.completed);
    if (!isOwn) return { isOwn, made, missing: [], digest: null };
    const { missing, version } = await this.#deps.resources.missing(run.stack, made);
    return { isOwn, made, missing, digest: version?.digest ?? null };
  }

  /** null where the state moved since it was looked at. */
  async #record(tx: Tx, { id, worker, told, looked, head }: Telling): Promise<RunTable | null> {
    const run = await this.#deps.runs.findIn(tx, id);
    if (!run) throw unknownRun(id);
    if (run.attempt !== told.attempt) throw fenced(run, told.attempt);
    // Told again after it was recorded: the same answer, nothing moves.
    if (!isOpenFor(run, told)) return run;
    const { state, locks, artifacts, ender, logger } = this.#deps;
    const stored = looked.isOwn ? await state.current(tx, run.stack) : null;
    if ((stored?.digest ?? null) !== looked.digest) return null;
    const lock = await locks.find(tx, run.stack);
    const facts = endFactsOf({
      ...{ run, told, stored, canPlan: head !== undefined },
      isOwnState: looked.isOwn,
      lockId: lock?.run === run.id ? lock.lock_id : null,
      keptDigest: (await artifacts.newest(tx, { run: run.id, kind: ERRORED_STATE }))?.digest ?? null,
      ...{ missing: looked.missing.length, made: looked.made.length },
    });
    const end = decideEnd(facts);
    const orphans = end.end === 'orphans' || end.end === 'unsaved_state' ? listed(looked, facts.missing) : [];
    logger.info(
      { run: id, row: end.row, end: end.end, exit: told.exit_code, orphans: orphans.length },
      'an apply ended',
    );
    const ended = await ender.write(tx, run, {
      ...{ end, told },
      actor: `worker:${worker}`,
      orphans: orphans.map(orphanOf),
      isOwnState: looked.isOwn,
    });
    if (!facts.isPlannedAgain || ended.status !== 'approved' || head === undefined) return ended;
    await this.#deps.replanner.stale(tx, ended, head, told.error ?? 'its plan cannot be applied any more');
    return (await this.#deps.runs.findIn(tx, id)) ?? ended;
  }
}

interface Looked {
  readonly isOwn: boolean;
  readonly made: readonly AppliedResource[];
  readonly missing: readonly AppliedResource[];
  /** Of the state that was looked at. */
  readonly digest: string | null;
}

interface Telling {
  readonly id: string;
  readonly worker: string;
  readonly told: ApplyOutcomeRequest;
  readonly looked: Looked;
  /** Where it would be planned again; undefined where that is not wanted, or cannot be. */
  readonly head: StackAtHead | null | undefined;
}

const NOTHING: Looked = { isOwn: false, made: [], missing: [], digest: null };

/** A state that cannot be read has none of what was made, as far as anybody knows. */
function listed({ isOwn, made, missing }: Looked, count: number): readonly AppliedResource[] {
  return isOwn ? missing : made.slice(0, count);
}

function isOpenFor(run: RunTable, told: ApplyOutcomeRequest): boolean {
  return run.attempt === told.attempt && (run.status === 'applying' || run.status === 'interrupted');
}
