import type { AttributeChange, PlanAction } from '../../kernel/plan-outcome.ts';

/** One drifted resource as a message shows it. */
export interface DriftedResource {
  readonly address: string;
  readonly type: string;
  readonly action: PlanAction;
  readonly state: 'new' | 'known' | 'changed' | 'cleared';
  /** `before`: as it was applied; `after`: as it was found. The first ones, cut to 200 characters a value. */
  readonly attributes: readonly AttributeChange[];
  readonly more_attributes: number;
  readonly first_seen: number;
}

/** A check's news of one stack. */
export interface DriftSnapshot {
  /** What is news first, then what cleared; the first ones. */
  readonly resources: readonly DriftedResource[];
  readonly more: number;
  /** Findings that are open now. */
  readonly open: number;
  readonly cleared: number;
  /** When the oldest open finding was seen first; null where none is open. */
  readonly first_seen: number | null;
  /** Why the check failed; null where it came to a verdict. */
  readonly error: string | null;
  /** When a check came to a verdict last; null: never. */
  readonly checked_at: number | null;
}

/** A drift report as a message shows it; lists are cut, the totals are whole. Times in ms. */
export interface ReportSnapshot {
  readonly totals: Readonly<Record<'stacks' | 'in_sync' | 'drifted' | 'error' | 'unknown' | 'never_applied', number>>;
  /** When it was due; it is late where that was long ago. */
  readonly due_at: number;
  readonly late: boolean;
  /** Stacks whose last check is within time, out of all that can be checked, and the one checked longest ago. */
  readonly coverage: {
    readonly in_time: number;
    readonly of: number;
    readonly oldest: { readonly stack: string; readonly at: number | null } | null;
  };
  /** When the report before this one was made; null: this is the first. */
  readonly since: number | null;
  readonly new: readonly ReportedFinding[];
  readonly longest: readonly ReportedFinding[];
  readonly errors: readonly { readonly stack: string; readonly error: string; readonly since: number }[];
  /** Rules of holdfast.yaml that have expired. */
  readonly expired_rules: readonly { readonly stack: string; readonly address: string; readonly expires: string }[];
  /** Findings that somebody acknowledged. */
  readonly acknowledged: number;
  readonly next_at: number | null;
}

export interface ReportedFinding {
  readonly stack: string;
  readonly address: string;
  readonly first_seen: number;
}

/** Something about the instance, in words. */
export interface NoticeSnapshot {
  readonly title: string;
  readonly sentences: readonly string[];
}
