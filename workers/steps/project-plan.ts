import { HoldfastError, messageOf } from '../../src/kernel/errors.ts';
import type { PlanProjection } from '../../src/kernel/plan-outcome.ts';
import type { EngineEnd, PipelineContext } from '../pipeline.ts';
import type { TextMask } from '../plan/mask-secrets.ts';
import { projectStream } from '../plan/plan-projection.ts';
import { MAX_CHANGES, type PlanStreamResult } from '../plan/plan-stream.ts';
import { readShow, type ShownPlan } from '../plan/read-show.ts';
import { readPlanFile } from '../plan-file/read-plan-file.ts';

/** A plan's meaning, or why it is none after all. */
export type ProjectedPlan =
  | { readonly projection: PlanProjection }
  | { readonly refusal: string }
  | { readonly stopped: NonNullable<EngineEnd['stopped']> };

/**
 * What a plan with changes means: from its file; from `show -json` where the file is not as we know it; from the stream alone
 * (addresses, actions, counts) where the plan is too large for either, or both fail.
 */
export async function projectPlan(context: PipelineContext, told: PlanStreamResult): Promise<ProjectedPlan> {
  const { facts } = context;
  const mask: TextMask = facts.mask ?? ((text) => text);
  const fromStream = projectStream(told, mask);
  if (told.changesLeftOut > 0) {
    facts.notes.push(`attribute values left out: more than ${MAX_CHANGES} changes`);
    return { projection: fromStream };
  }
  try {
    const shown = await readFileFirst(context, told, mask);
    if ('stopped' in shown) return shown;
    if (shown.errored) return { refusal: 'the plan is marked as errored: the engine could not plan everything' };
    if (shown.withoutAttributes > 0)
      facts.notes.push(`attribute values of ${shown.withoutAttributes} changes left out for size`);
    return { projection: shown.oversized > 0 ? withOversized(shown, fromStream) : shown.projection };
  } catch (error) {
    context.log.warn({ reason: mask(messageOf(error)) }, 'attributes of a plan cannot be shown');
    facts.notes.push('attribute values left out: the plan could not be shown');
    return { projection: fromStream };
  }
}

async function readFileFirst(
  context: PipelineContext,
  told: PlanStreamResult,
  mask: TextMask,
): Promise<ShownPlan | { readonly stopped: 'canceled' }> {
  const { facts, log } = context;
  try {
    const shown = await readPlanFile(context, told, mask);
    facts.notes.push('show: skipped');
    return shown;
  } catch (error) {
    // Nothing of it is lost: the engine itself says what its plan means, at the price of a process.
    const reason = error instanceof HoldfastError ? error.message : 'the saved plan cannot be read';
    log.debug({ reason: mask(messageOf(error)) }, 'a saved plan is left to the engine');
    facts.notes.push(`show: ${mask(reason)}`);
  }
  const end = await callShow(context);
  if (end.stopped === 'canceled') return { stopped: end.stopped };
  if (end.exitCode !== 0) throw new HoldfastError('engine', `show ended with exit code ${end.exitCode ?? 'unknown'}`);
  return readShow(end.outFile, mask);
}

async function callShow(context: PipelineContext): Promise<EngineEnd> {
  const { facts, paths, assignment } = context;
  const { engine, env, planFile } = facts;
  if (!engine || !env || !planFile) throw new HoldfastError('internal', 'a plan has to be made before it is shown');
  const { TF_HTTP_ADDRESS: _needsNoState, ...withoutState } = env;
  return context.runEngine({
    label: 'show',
    binary: engine.binary,
    args: ['show', '-json', planFile],
    cwd: paths.stackDir,
    env: assignment.backend === 'foreign' ? env : withoutState,
    quiet: true,
  });
}

/** Adds what the stream has and the show did not: entries too large to be read. */
function withOversized({ projection }: ShownPlan, fromStream: PlanProjection): PlanProjection {
  const listed = new Set(projection.changes.map(({ address }) => address));
  const missing = fromStream.changes.filter(({ address }) => !listed.has(address));
  const room = Math.max(0, MAX_CHANGES - projection.changes.length);
  return {
    ...projection,
    summary: { ...fromStream.summary, outputs: Math.max(fromStream.summary.outputs, projection.summary.outputs) },
    changes: [...projection.changes, ...missing.slice(0, room)],
    left_out: projection.left_out + Math.max(0, missing.length - room),
  };
}
