import type { PlanAction } from '../../kernel/plan-outcome.ts';

/** What is known of a stack's drift; there from its first apply (or first plan without a difference) until it is destroyed. */
export interface DriftStackTable {
  stack: string;
  repository: string;
  /** What a check plans: the last run that left the world as its commit says, its commit, spec and inputs. */
  base_run: string;
  base_commit: string;
  base_spec: string;
  base_inputs: string;
  /** 1 where that run applied; 0 where it planned and found nothing to change. */
  base_applied: 0 | 1;
  /** Interval in ms; moved with the stack's entry. */
  every_ms: number;
  /** When the next check is due; moved when a check ends. */
  next_at: number;
  status: 'in_sync' | 'drifted' | 'error' | 'unknown';
  /** When it took its status. */
  turned_at: number;
  /** When the last check came to a verdict (an error is none). */
  checked_at: number | null;
  /** The last check that ended. */
  run: string | null;
  /** One sentence, where the last check failed. */
  error: string | null;
  /** Open findings, those beyond the rows kept too; ignored ones are none. */
  findings: number;
  /** JSON list of what differed and is no finding: {address, class, why}. */
  explained: string;
  /** The error that people were told of last; null where the last word was another. */
  told_error: string | null;
  /** When people were told that it is not put right by itself any more; null where it is. */
  halted_at: number | null;
}

/** One drifted resource, from the check that found it to the one that did not any more. */
export interface DriftFindingTable {
  id: string;
  stack: string;
  address: string;
  type: string;
  action: PlanAction;
  class: string;
  /** JSON list of {path, before, after}, masked. */
  attributes: string;
  /** Of action and attributes: equal ones are the same drift. */
  fingerprint: string;
  state: 'new' | 'known' | 'changed';
  first_seen: number;
  last_seen: number;
  times_seen: number;
  /** The check that saw it last. */
  run: string;
  cleared_at: number | null;
  /** Fingerprint that people were told of; null where they were not. */
  told: string | null;
  ack_by: string | null;
  ack_reason: string | null;
  ack_at: number | null;
  /** null: until it changes. */
  ack_until: number | null;
  /** When a plan was made to put it right by itself. */
  remediated_at: number | null;
}

/** A report as it was sent. */
export interface DriftReportTable {
  id: string;
  /** When it was due; equal to `at` where a person asked. */
  due_at: number;
  at: number;
  late: 0 | 1;
  /** JSON of the whole report. */
  body: string;
}
