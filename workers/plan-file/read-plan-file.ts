import { HoldfastError } from '../../src/kernel/errors.ts';
import type { PipelineContext } from '../pipeline.ts';
import type { TextMask } from '../plan/mask-secrets.ts';
import type { PlanStreamResult } from '../plan/plan-stream.ts';
import type { ShownPlan } from '../plan/read-show.ts';
import { readPlanEntry } from '../steps/plan-zip.ts';
import { disagreement } from './agrees-with-stream.ts';
import { decodePlan } from './decode-plan.ts';
import { loadSchemas } from './load-schemas.ts';
import { unreadable } from './unreadable.ts';

/** A larger plan is left to the engine, beside whose planning a `show` costs little: this one would be held in memory. */
const MAX_PLAN = 16 * 1024 * 1024;

/**
 * What the run's saved plan means, as `show -json` would say it, without a process. Rejects with `engine` where the file is not as
 * we know it, or disagrees with what the engine told while it planned: then `show` has to be asked.
 */
export async function readPlanFile(
  context: PipelineContext,
  told: PlanStreamResult,
  mask: TextMask,
): Promise<ShownPlan> {
  const { engine, planFile } = context.facts;
  if (!engine || !planFile) throw new HoldfastError('internal', 'a plan has to be made before it is read');
  const bytes = await readPlanEntry(planFile, 'tfplan', MAX_PLAN);
  if (bytes === null) throw unreadable('no plan in it, a damaged one, or one of more than 16 MiB');
  const decoded = await decodePlan(bytes, { engine, mask, schemasOf: (types) => loadSchemas(context, types) });
  const difference = disagreement(decoded, told);
  if (difference !== null) throw unreadable(difference);
  return decoded.shown;
}
