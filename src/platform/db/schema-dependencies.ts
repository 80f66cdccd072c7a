/** One stack needs another: a dependant has a row for each way in which it does. */
export interface DependencyTable {
  stack: string;
  needs: string;
  via: 'depends_on' | 'inputs' | 'remote_state' | 'manifest';
  /** Of the dependant. */
  repository: string;
  /** JSON list of the outputs that are read; null: whichever, nobody knows. `[]`: none, it is only an order. */
  outputs: string | null;
  /** `holdfast.yaml:12`, `app/main.tf:3`. */
  evidence: string;
}

/** The end of a stack: columns of `stacks`. */
export interface StackEnding {
  /** Set when nothing is left of a deleted stack: its name is free, its history stays. */
  retired_at: number | null;
  /** JSON {since, base, author, message, fallback}: its destroy is held back, for too many were deleted in one push. */
  deletion: string | null;
  /** JSON {run, before}: a run that was applied, and what of the outputs changed is yet to be found out. */
  outputs_due: string | null;
}

/** What a run waits for before it is planned: columns of `runs`. */
export interface RunWaits {
  /** JSON list of {stack, run}: open runs of stacks that come first; null: it need not wait. */
  waits_on: string | null;
  waits_since: number | null;
  /** When people were told that it waits for very long. */
  waits_told_at: number | null;
  /** Why its plan stands on outputs that may still change; null where it does not. */
  provisional: string | null;
}
