import type { Readable } from 'node:stream';
import type { Principal, TokenDirectory } from '../features/access/index.ts';
import type { ErroredStates, PlanKeeper } from '../features/execution/index.ts';
import type { RunService, RunStore, WaitingService } from '../features/runs/index.ts';
import type { StateHistory } from '../features/state/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { RunKind } from '../kernel/run-status.ts';
import type { RunTable } from '../platform/db/schema.ts';
import type { ApplyDesk, FreezeDesk, LockDesk } from './apply-ports.ts';
import type {
  AuditList,
  ChannelTest,
  Health,
  NotificationList,
  RepositoryList,
  Stack,
  StackList,
  WorkerList,
} from './contract.ts';
import type { DriftPort } from './drift-ports.ts';
import type { AppPort, NameDesk } from './name-ports.ts';

export interface Page {
  readonly limit: number;
  readonly cursor: string | null;
}

/** Reads what lists show; each answers one page. */
export interface Readers {
  stacks(page: Page, sees: Principal['sees']): Promise<StackList>;
  stack(name: string, explain: boolean): Promise<Stack | null>;
  repositories(page: Page): Promise<RepositoryList>;
  workers(page: Page): Promise<WorkerList>;
  notifications(page: Page): Promise<NotificationList>;
  audit(page: Page): Promise<AuditList>;
}

/** The rendered log of a run. */
export interface LogReader {
  size(run: string): Promise<number>;
  /** Bytes from `offset`; at most `length`. */
  read(run: string, offset: number, length: number): Promise<Buffer>;
  stream(run: string): Promise<Readable>;
}

/** All that the API stands on. */
export interface ApiDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  readonly tokens: TokenDirectory;
  readonly runs: RunService;
  readonly runStore: RunStore;
  /** What runs wait for. */
  readonly waiting: Pick<WaitingService, 'of'>;
  /** How long a plan may wait for its approval. */
  readonly planExpiresMs: number;
  readonly plans: PlanKeeper;
  readonly logs: LogReader;
  readonly readers: Readers;
  /** Kept versions of the states that lie in Holdfast. */
  readonly states: Pick<StateHistory, 'list' | 'pull' | 'restore'>;
  /** States that could neither be saved nor taken. */
  readonly erroredStates: Pick<ErroredStates, 'open' | 'restore'>;
  readonly applies: ApplyDesk;
  readonly freeze: FreezeDesk;
  readonly names: NameDesk;
  readonly apps: AppPort;
  readonly locks: LockDesk;
  readonly drift: DriftPort;
  /** Queues a run that a person asked for. */
  readonly requestRun: (
    request: { readonly stack: string; readonly ref: string | null; readonly kind: RunKind },
    principal: Principal,
  ) => Promise<RunTable>;
  /** Sends a channel one sample of each event. */
  readonly testChannel: (channel: string) => Promise<ChannelTest['samples']>;
  readonly health: () => Promise<Health>;
  /** Prometheus text. */
  readonly metrics: () => Promise<string>;
}
