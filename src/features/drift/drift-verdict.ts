import type { AttributeChange, PlanAction } from '../../kernel/plan-outcome.ts';

/** What is known of a stack: the words of the contract's `drift.status`. */
export type DriftStatus =
  /** A check came to its end, and what terraform knows is as it was applied. */
  | 'in_sync'
  /** At least one finding that nobody acknowledged away by a rule. */
  | 'drifted'
  /** The last check failed (credentials, provider away …): it says neither drifted nor in sync. */
  | 'error'
  /** Nothing was applied yet, so nothing can have drifted. */
  | 'never_applied'
  /** No check came to its end yet, or its plan was too large to be told apart. */
  | 'unknown';

/** What one difference of a check means. Only `real` and `deleted_outside` are drift. */
export type ChangeClass =
  /** The world differs from what was applied. */
  | 'real'
  /** It was applied, and it is gone from the world. */
  | 'deleted_outside'
  /** The configuration moved since the apply: a plan's business. */
  | 'configuration_pending'
  /** Only values of outputs differ; no resource does. */
  | 'output_only'
  /** Two spellings of one value, or only what a provider computes: nothing that anybody set. */
  | 'noise'
  /** The same object under another address. */
  | 'moved'
  /** Cannot be told from what the plan shows. */
  | 'unknown';

/** One resource (or output) that a check found different. */
export interface DriftChange {
  readonly address: string;
  /** Resource type; `output` for an output. */
  readonly type: string;
  /** What happened to it in the world where terraform saw it happen, else what a plan would do to it. */
  readonly action: PlanAction;
  readonly class: ChangeClass;
  /** `before`: as it was applied; `after`: as it was found. Masked, at most 64. */
  readonly attributes: readonly AttributeChange[];
  /** One clause for people: why it has this class. */
  readonly why: string;
}

/** What one check that came to its end says of its stack, before rules and acknowledgements. */
export interface DriftVerdict {
  readonly status: Extract<DriftStatus, 'in_sync' | 'drifted' | 'unknown'>;
  /** What is drift, by address. */
  readonly findings: readonly DriftChange[];
  /** What differs and is no drift, each with its class and why. */
  readonly explained: readonly DriftChange[];
  /** Differences that the plan counts and does not list: nothing is known of them but that they are there. */
  readonly leftOut: number;
}
