import type { PlanProjection } from '../../kernel/plan-outcome.ts';

/** Keeps the masked projection of a run's plan; files, since it may have 20,000 changes. */
export interface PlanKeeper {
  keep(run: string, attempt: number, projection: PlanProjection): Promise<void>;
  /** The projection of the run's newest attempt, or null. */
  load(run: string): Promise<PlanProjection | null>;
}
