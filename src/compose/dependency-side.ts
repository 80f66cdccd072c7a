import { HeadDependencies, type Notices } from '../features/changes/index.ts';
import { DependencyWaits, LongWaits, OutputsFollower, sqlDependencyStore } from '../features/dependencies/index.ts';
import type { PlanKeeper } from '../features/execution/index.ts';
import type { HeadOf, Replanner, RunStore } from '../features/runs/index.ts';
import type { StateBackend } from '../features/state/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Database } from '../platform/db/open-database.ts';

/** What runs wait for, before there are runs. */
export function createDependencyWaits(clock: Clock) {
  const store = sqlDependencyStore;
  const waits = new DependencyWaits({ store, clock });
  return { store, waits, ofHeads: new HeadDependencies({ store, waits }) };
}

export interface DependencySideOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly waits: DependencyWaits;
  readonly notices: Notices;
  readonly runs: RunStore;
  readonly plans: Pick<PlanKeeper, 'load'>;
  /** Made later than the door that it listens at. */
  readonly late: () => { readonly replanner: Replanner; readonly headOf: HeadOf; readonly state: StateBackend };
  readonly ring: () => void;
}

/** Who follows on applies, and its part of the sweep. */
export function createDependencySide(options: DependencySideOptions) {
  const { db, clock, logger, waits, notices, runs, plans, ring, late } = options;
  const store = sqlDependencyStore;
  const follower: OutputsFollower = new OutputsFollower({
    ...{ db, store, runs, logger, ring },
    states: {
      current: (on, stack) => late().state.outputs.current(on, stack),
      before: (on, stack, run) => late().state.outputs.before(on, stack, run),
    },
    plannedOutputs: async (run) => ((await plans.load(run))?.outputs ?? []).map(({ path }) => nameOf(path)),
    replanner: { plan: (...args) => late().replanner.plan(...args) },
    headOf: (stack) => late().headOf(stack),
    // Not within the transaction, which has not committed yet.
    wake: () => setImmediate(() => void follower.runOnce()),
  });
  const long = new LongWaits({ db, store, waits, notices, clock });
  const runOnce = async () => (await long.runOnce()) + (await follower.runOnce());
  return { follower, sweep: { runOnce } };
}

/** `vpc` of `vpc.subnets[0]`. */
function nameOf(path: string): string {
  return path.split(/[.[]/, 1)[0] ?? path;
}
