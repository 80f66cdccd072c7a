/** Counts of a plan: resources by action (a replace counts once, under `replace`), outputs by change. */
export interface PlanSummary {
  readonly add: number;
  readonly change: number;
  readonly destroy: number;
  readonly replace: number;
  readonly import: number;
  readonly move: number;
  readonly forget: number;
  readonly outputs: number;
}

export const EMPTY_SUMMARY: PlanSummary = {
  add: 0,
  change: 0,
  destroy: 0,
  replace: 0,
  import: 0,
  move: 0,
  forget: 0,
  outputs: 0,
};

export type PlanAction = 'create' | 'update' | 'delete' | 'replace' | 'read' | 'no-op' | 'import' | 'move' | 'forget';

/** One attribute of a change. Values are text of at most 1 KiB, already masked: `(sensitive)`, `(known after apply)`. */
export interface AttributeChange {
  /** `tags.Name`, `ingress[0].cidr_blocks`. */
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
  /** Both are spellings of one value (JSON with other white space, nothing and empty), compared before they were cut. */
  readonly same?: true | undefined;
}

/** One resource's change in the masked projection of a plan. */
export interface PlannedChange {
  readonly address: string;
  readonly type: string;
  /** The main action first; `move` and `import` may stand beside another. */
  readonly actions: readonly PlanAction[];
  readonly attributes: readonly AttributeChange[];
  /** Where a moved resource was. */
  readonly previous_address?: string | undefined;
  /** terraform's own reason, `replace_because_cannot_update`, … */
  readonly reason?: string | undefined;
  /** Path of the construct that it comes from, in a stack that a CDKTF app synthesised. */
  readonly construct?: string | undefined;
}

/** A diagnostic of the engine, masked. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly summary: string;
  readonly detail: string;
  /** Path relative to the repository's root, where terraform named one. */
  readonly file: string | null;
  readonly line: number | null;
  readonly address: string | null;
}

/** What a plan means, as the worker sends it: bounded (≤ 20,000 changes, 64 attributes each, 1 KiB a value). */
export interface PlanProjection {
  readonly summary: PlanSummary;
  readonly changes: readonly PlannedChange[];
  /** Differences between state and world that the refresh saw (`resource_drift`). */
  readonly drift: readonly PlannedChange[];
  readonly outputs: readonly AttributeChange[];
  /** Changes beyond the bound that are counted in `summary` and not listed. */
  readonly left_out: number;
}
