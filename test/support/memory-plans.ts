import type { PlanKeeper } from '../../src/features/execution/index.ts';
import type { PlanProjection } from '../../src/kernel/plan-outcome.ts';

/** A keeper of plans that forgets packed ones. */
export function memoryPlans(kept = new Map<string, PlanProjection>()): PlanKeeper {
  return {
    keep: async (run, _attempt, plan) => void kept.set(run, plan),
    keepPacked: async () => {},
    load: async (run) => kept.get(run) ?? null,
  };
}
