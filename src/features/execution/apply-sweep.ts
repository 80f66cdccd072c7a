import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable, WorkerTable } from '../../platform/db/schema.ts';
import type { RunDoor, RunStore, StackBlocks } from '../runs/index.ts';
import type { ApplyClaims } from './apply-claims.ts';
import type { ApplyEnder } from './apply-ender.ts';
import { type EngineVerdict, isGivenUp, isStranded, judgeSilence, type SilenceFacts } from './silent-apply.ts';
import type { WorkerStore } from './worker-store.ts';

export interface ApplySweepDeps {
  readonly db: Database;
  readonly runs: RunStore;
  readonly door: RunDoor;
  readonly workers: WorkerStore;
  readonly claims: Pick<ApplyClaims, 'setAside'>;
  readonly blocks: StackBlocks;
  readonly ender: ApplyEnder;
  /** What this host proves of a recorded process (JSON of `runs.process`). */
  readonly probe: (process: string) => 'alive' | 'dead' | 'unknown';
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseMs: number;
  /** When this control plane started: nothing is judged before one full lease has passed since. */
  readonly startedAt: number;
}

const AT_MOST = 200;

/** Looks after applies that nobody reports about: silent ones, given up ones, and approved ones that nobody can apply. */
export class ApplySweep {
  readonly #deps: ApplySweepDeps;
  /** When this control plane first saw that the engine of a run is dead. */
  #deadSince: ReadonlyMap<string, number> = new Map();

  constructor(deps: ApplySweepDeps) {
    this.#deps = deps;
  }

  /** One pass; answers how many runs moved. */
  async runOnce(): Promise<number> {
    const { clock, startedAt, leaseMs, runs, workers } = this.#deps;
    const now = clock.now();
    if (now < startedAt + leaseMs) return 0;
    // Apart: however many wait in a freeze, the others are looked after.
    const { runs: begun } = await runs.list({ statuses: ['applying', 'interrupted'] }, AT_MOST, null);
    const { runs: waiting } = await runs.list({ statuses: ['approved'] }, AT_MOST, null);
    const found = [...begun, ...waiting];
    const seen = found.length === 0 ? [] : await workers.listWorkers();
    const dead = found.filter((run) => this.#probe(run) === 'dead');
    this.#deadSince = new Map(dead.map(({ id }) => [id, this.#deadSince.get(id) ?? now]));
    let moved = 0;
    for (const run of found) if (await this.#look(run, seen)) moved++;
    return moved;
  }

  async #look(run: RunTable, workers: readonly WorkerTable[]): Promise<boolean> {
    const { clock, leaseMs, logger } = this.#deps;
    const deadSince = this.#deadSince.get(run.id) ?? null;
    const facts = { engine: this.#probe(run), workers, now: clock.now(), leaseMs, deadSince };
    try {
      if (run.status === 'applying') return await this.#interrupt(run.id, facts);
      if (run.status === 'interrupted') return isGivenUp(run, facts) && (await this.#giveUp(run.id, facts));
      if (!isStranded(run, facts)) return false;
      return await this.#deps.claims.setAside(run.id, `no worker with the root ${run.root} is there any more`);
    } catch (error) {
      logger.error({ run: run.id, error: messageOf(error) }, 'an apply could not be looked after');
      return false;
    }
  }

  #interrupt(id: string, facts: SilenceFacts): Promise<boolean> {
    const { db, runs, door, blocks, logger } = this.#deps;
    return db.transaction().execute(async (tx) => {
      const run = await runs.findIn(tx, id);
      if (run?.status !== 'applying' || run.lease_until === null || run.lease_until >= facts.now) return false;
      const { reason, nextStep } = judgeSilence(run, facts);
      const actor = 'system';
      if (nextStep !== null) await blocks.block(tx, { stack: run.stack, run: id, reason, actor });
      await door.move(tx, run, 'interrupted', { actor, reason, set: { next_step: nextStep } });
      logger.warn(
        { run: id, worker: run.worker, engine: facts.engine },
        'an apply is interrupted: its worker is silent',
      );
      return true;
    });
  }

  #giveUp(id: string, facts: Parameters<typeof isGivenUp>[1]): Promise<boolean> {
    const { db, runs, ender } = this.#deps;
    return db.transaction().execute(async (tx) => {
      const run = await runs.findIn(tx, id);
      if (run?.status !== 'interrupted' || !isGivenUp(run, facts)) return false;
      const isOwnState = (await runs.spec(run.spec_digest, tx))?.backend !== 'foreign';
      const reason = `its engine has ended, and worker ${run.worker}, which knows how, is gone`;
      await ender.giveUp(tx, run, { actor: 'system', reason, isOwnState });
      return true;
    });
  }

  #probe({ process }: RunTable): EngineVerdict {
    return process === null ? null : this.#deps.probe(process);
  }
}
