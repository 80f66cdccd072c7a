import type { PlanAction, PlanSummary } from '../../src/kernel/plan-outcome.ts';

/** Counts being made. */
export type Counts = { -readonly [K in keyof PlanSummary]: PlanSummary[K] };

const COUNTED: Readonly<Partial<Record<PlanAction, keyof PlanSummary>>> = {
  create: 'add',
  update: 'change',
  delete: 'destroy',
  replace: 'replace',
  import: 'import',
  move: 'move',
  forget: 'forget',
};

/** Adds one resource's actions: a replace counts once, a moved or imported resource also counts as what else it is. */
export function countActions(counts: Counts, actions: readonly PlanAction[]): void {
  for (const action of actions) {
    const key = COUNTED[action];
    if (key) counts[key]++;
  }
}
