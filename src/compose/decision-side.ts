import type { ServerConfig } from '../config/server-config.ts';
import {
  ApplyWorld,
  type ApplyWorldDeps,
  ApprovalService,
  FreezeService,
  type HeadOf,
  Replanner,
  type RunDoor,
  type RunStore,
  StackBlocks,
  sqlFreezeStore,
  sqlStackMarks,
  WaitingService,
} from '../features/runs/index.ts';
import type { StateBackend } from '../features/state/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Random } from '../kernel/random.ts';
import type { Database } from '../platform/db/open-database.ts';

export interface DecisionSideOptions {
  readonly db: Database;
  readonly config: ServerConfig;
  readonly runs: RunStore;
  readonly door: RunDoor;
  readonly state: StateBackend;
  /** Whether the saved plan of this digest is kept. */
  readonly isPlanKept: (db: Database, run: string, digest: string) => Promise<boolean>;
  /** Outputs of other stacks that plans were made with. */
  readonly inputs?: ApplyWorldDeps['inputs'];
  readonly headOf: HeadOf;
  readonly clock: Clock;
  readonly random: Random;
  readonly ring: () => void;
}

/** What decides about applies, put together. */
export interface DecisionSide {
  readonly world: ApplyWorld;
  readonly freeze: FreezeService;
  readonly blocks: StackBlocks;
  readonly replanner: Replanner;
  readonly approvals: ApprovalService;
  readonly waiting: WaitingService;
}

/** Approvals, freeze, blocks, and what runs wait for. */
export function createDecisionSide(options: DecisionSideOptions): DecisionSide {
  const { db, config, runs, door, state, clock, random, ring } = options;
  const marks = sqlStackMarks;
  const freeze = new FreezeService({ db, store: sqlFreezeStore, clock, isInFile: config.applies.freeze, ring });
  const world = new ApplyWorld({
    ...{ runs, marks, freeze, clock },
    state: state.access,
    ...(options.inputs ? { inputs: options.inputs } : {}),
    plans: { isKept: options.isPlanKept },
    windows: config.applies.windows,
  });
  const replanner = new Replanner({ store: runs, door, clock, random });
  return {
    ...{ world, freeze, replanner },
    blocks: new StackBlocks({ db, marks, clock, ring }),
    approvals: new ApprovalService({
      ...{ db, store: runs, door, world, replanner, clock, ring, headOf: options.headOf },
      planExpiresMs: config.applies.planExpiresMs,
    }),
    waiting: new WaitingService({ db, runs, world, locks: state.locks }),
  };
}
