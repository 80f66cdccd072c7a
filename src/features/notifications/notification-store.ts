import type { NotificationTable, RunTable } from '../../platform/db/schema.ts';
import type { RunListener } from '../runs/index.ts';
import type { PreviousPlan } from './notification-policy.ts';

export type Tx = Parameters<RunListener['onTransition']>[0];
/** A row as it is read; its `sequence` orders a channel. */
export type NotificationRow = Omit<NotificationTable, 'sequence'> & { readonly sequence: number };
export type NewNotification = Omit<NotificationTable, 'sequence'>;

export interface NotificationPage {
  readonly rows: readonly NotificationRow[];
  readonly next: string | null;
}

/** How a delivery went wrong, written into every row it carried. */
export interface Setback {
  readonly status: 'pending' | 'failed';
  readonly nextAttemptAt: number;
  /** One sentence without the channel's address. */
  readonly error: string;
}

/** A channel that does not take what it is given. */
export interface BrokenChannel {
  readonly channel: string;
  readonly error: string;
  readonly pending: number;
  readonly failed: number;
}

/** What an apply's message says beside the run itself. */
export interface ApplyAftermath {
  /** Whether the run's end blocked its stack. */
  readonly blocks: boolean;
  /** How often another worker took the apply over. */
  readonly adoptions: number;
}

/** What the listener does in the transition's transaction. */
export interface NotificationWriter {
  insert(tx: Tx, rows: readonly NewNotification[]): Promise<void>;
  /** The stack's newest plan before `run` that people heard of. */
  previousPlan(tx: Tx, run: RunTable): Promise<PreviousPlan | null>;
  aftermath(tx: Tx, run: RunTable): Promise<ApplyAftermath>;
  /** Whether other plans of the same push are still to come. */
  hasSiblings(tx: Tx, run: RunTable): Promise<boolean>;
}

/** What a channel's delivery does. */
export interface NotificationQueue {
  /** A channel's undelivered rows in order, at most `limit`. */
  pending(channel: string, limit: number): Promise<NotificationRow[]>;
  markDelivered(ids: readonly string[], at: number): Promise<void>;
  markSetback(ids: readonly string[], setback: Setback): Promise<void>;
  /** Gives up what is pending for channels that are no longer configured; how many. */
  giveUpOthers(channels: readonly string[], reason: string): Promise<number>;
}

export interface NotificationReader {
  list(limit: number, cursor: string | null): Promise<NotificationPage>;
  countByStatus(): Promise<Readonly<Record<string, number>>>;
  /** Channels with a setback that has not been made good, or a failure since `since`. */
  broken(since: number): Promise<BrokenChannel[]>;
}

export type NotificationStore = NotificationWriter & NotificationQueue & NotificationReader;
