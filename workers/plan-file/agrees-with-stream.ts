import type { PlannedChange } from '../../src/kernel/plan-outcome.ts';
import type { PlanStreamResult } from '../plan/plan-stream.ts';
import type { DecodedPlan, SeenChange } from './decode-plan.ts';

/** Names of outputs that the stream keeps; beyond it they are only counted. */
const MAX_OUTPUTS = 1000;

/**
 * Where a decoded plan and what the engine told while it planned differ: addresses, actions, outputs or counts. null where they
 * agree. Pure.
 */
export function disagreement(decoded: DecodedPlan, told: PlanStreamResult): string | null {
  const { summary } = decoded.shown.projection;
  if (!isSame(decoded.changes, told.changes)) return 'its changes are not those that were planned';
  if (!isSame(decoded.drift, told.drift)) return 'its drift is not the one that was told';
  const outputs = decoded.outputs.slice(0, MAX_OUTPUTS);
  if (decoded.outputs.length !== told.counts.outputs || !isEqual(outputs.sort(), [...told.outputs].sort())) {
    return 'its outputs are not those that were planned';
  }
  const last = told.summary;
  const isCounted =
    last !== null &&
    last.add === summary.add + summary.replace &&
    last.change === summary.change &&
    last.remove === summary.destroy + summary.replace &&
    (last.import ?? 0) === summary.import &&
    (last.forget ?? summary.forget) === summary.forget;
  return isCounted ? null : "its counts are not those of the engine's summary";
}

function isSame(decoded: readonly SeenChange[], told: readonly PlannedChange[]): boolean {
  const line = ({ address, actions }: SeenChange) => `${address}\n${[...actions].sort().join()}`;
  return isEqual(decoded.map(line).sort(), told.map(line).sort());
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}
