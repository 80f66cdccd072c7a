import type { PlanAction, PlannedChange, PlanSummary } from '../../kernel/plan-outcome.ts';
import type { RunKind, RunStatus, Trigger } from '../../kernel/run-status.ts';
import type { DriftSnapshot, NoticeSnapshot, ReportSnapshot } from './drift-snapshot.ts';

/** Everything a channel may be told: the closed list of the contract. */
export const NOTIFICATION_EVENTS = [
  'plan.ready',
  'plan.failed',
  'plan.recovered',
  'apply.started',
  'apply.succeeded',
  'apply.failed',
  'apply.interrupted',
  'stack.blocked',
  'drift.found',
  'drift.changed',
  'drift.cleared',
  'drift.error',
  'drift.report',
  'instance.notice',
] as const;
export type NotificationEvent = (typeof NOTIFICATION_EVENTS)[number];

/** One channel of server.yaml, as far as telling goes. `url` is as good as a password. */
export interface Channel {
  readonly name: string;
  readonly type: 'slack' | 'teams' | 'discord' | 'mattermost' | 'google_chat' | 'webhook';
  readonly url: { reveal(): string };
  /** Standard Webhooks signing key. */
  readonly secret: { reveal(): string } | null;
  readonly events: readonly NotificationEvent[];
  /** Whether many stacks of one push become one message. */
  readonly group: boolean;
  /** Whether its globs name the stack. */
  covers(stack: string): boolean;
}

/** The run as it was when the event happened. Times in ms. */
export interface RunSnapshot {
  readonly id: string;
  readonly commit: string;
  readonly kind: RunKind;
  readonly trigger: Trigger;
  readonly status: RunStatus;
  /** `Name <mail>` of the commit, or who asked for the run. */
  readonly author: string | null;
  /** First line of the commit's message. */
  readonly message: string | null;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly duration_ms: number | null;
  readonly summary: PlanSummary | null;
  readonly reason: string | null;
  readonly error: RunFailure | null;
  /** The stack's own state never had a version: everything will be created. */
  readonly new_state: boolean;
  /** The plan before this one had failed. */
  readonly recovered: boolean;
}

/** Why it failed: the first error, with its place where the engine named one. */
export interface RunFailure {
  readonly summary: string;
  readonly detail: string;
  readonly file: string | null;
  readonly line: number | null;
  /** The resource it is about, where the engine named one. */
  readonly address?: string | null;
}

/** A resource that was made and is in no state, with a ready `import` block where its id is known. */
export interface MadeResource {
  readonly address: string;
  readonly import: string | null;
}

/** How an apply stands or ended. */
export interface ApplySnapshot {
  /** The contract's `end`; null while it runs or nobody knows. */
  readonly end: string | null;
  /** Changes that are done, of those that were planned; null where that is not known. */
  readonly done: number | null;
  readonly planned: number | null;
  /** What is safe to do next. */
  readonly next_step: string | null;
  /** Whether the stack is blocked by it. */
  readonly blocks: boolean;
  /** How often another worker took it over. */
  readonly adoptions: number;
  readonly approved_by: string | null;
  /** The first ones; `orphan_count` counts all. */
  readonly orphans: readonly MadeResource[];
  readonly orphan_count: number;
}

/** What a plan that waits wants from people. */
export interface ApprovalSnapshot {
  /** Who may approve, by name; the first ones. */
  readonly approvers: readonly string[];
  readonly more_approvers: number;
  /** When the plan is too old to be approved, ms. */
  readonly expires_at: number;
}

/** How many changes of one resource type have one action. */
export interface TypeCount {
  readonly type: string;
  readonly action: PlanAction;
  readonly count: number;
}

/** What a message may show of a plan: the masked projection, the most dangerous first, cut to a bound. */
export interface PlanExcerpt {
  readonly changes: readonly PlannedChange[];
  /** The largest counts of the whole plan. */
  readonly types: readonly TypeCount[];
  /** All changes of the plan, shown or not. */
  readonly total: number;
}

/** All that a renderer needs: a delivery renders from this alone, whatever became of the run since. */
export interface NotificationBody {
  readonly event: NotificationEvent;
  /** When it happened, ms. */
  readonly at: number;
  readonly repository: string | null;
  readonly stack: string | null;
  readonly run: RunSnapshot | null;
  readonly plan: PlanExcerpt | null;
  /** Set for events of applies. Absent in bodies of older versions that still wait. */
  readonly apply?: ApplySnapshot | null;
  /** Set where an approval is wanted. */
  readonly approval?: ApprovalSnapshot | null;
  /** Set for a check's news. */
  readonly drift?: DriftSnapshot | null;
  /** Set for `drift.report`. */
  readonly report?: ReportSnapshot | null;
  /** Set for `instance.notice`. */
  readonly notice?: NoticeSnapshot | null;
  /** Absolute address of the page to look at. */
  readonly url: string | null;
}

/** A notification as it is delivered. `id` is stable over redeliveries. */
export interface Notification {
  readonly id: string;
  readonly body: NotificationBody;
}
