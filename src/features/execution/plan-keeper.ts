import type { PlanProjection } from '../../kernel/plan-outcome.ts';

/** A plan's projection that is too large for the event loop, as it is stored, and what messages show of it. */
export interface PackedPlan {
  /** The projection as JSON, compressed. */
  readonly gzip: Uint8Array;
  /** What `PlanExcerpts` would make of it. */
  readonly excerpt: object;
}

/** Keeps the masked projection of a run's plan; files, since it may have 20,000 changes. */
export interface PlanKeeper {
  keep(run: string, attempt: number, projection: PlanProjection): Promise<void>;
  keepPacked(run: string, attempt: number, packed: PackedPlan): Promise<void>;
  /** The projection of the run's newest attempt, or null. */
  load(run: string): Promise<PlanProjection | null>;
}
