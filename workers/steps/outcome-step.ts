import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { OutcomeRequest } from '../../src/features/execution/protocol.ts';
import { HoldfastError } from '../../src/kernel/errors.ts';
import type { PlanProjection } from '../../src/kernel/plan-outcome.ts';
import { mayBeApplied, type PipelineContext, type PipelineStep } from '../pipeline.ts';
import type { TextMask } from '../plan/mask-secrets.ts';
import { projectStream } from '../plan/plan-projection.ts';
import { keepList, readPlanTree } from '../tree/plan-tree.ts';
import { judgeEnd, judgePlan } from './judge-plan.ts';
import { firstEngineAt, handInMadeFiles } from './made-files.ts';
import { lastWords, outcomeOf } from './plan-outcome.ts';
import { readPlanState } from './plan-zip.ts';
import { projectPlan } from './project-plan.ts';
import { readStream } from './run-init.ts';

/** Three quarters of what the protocol takes in base64. */
const PLAN_WITH_OUTCOME = 64 * 1024;

/** Says what the plan means, and hands in the plan that may be applied. */
export const outcomeStep: PipelineStep = {
  name: 'outcome',
  async run(context) {
    const { facts, hello } = context;
    const { planEnd: end } = facts;
    if (!end) throw new HoldfastError('internal', 'a plan has to be made before its outcome');
    const told = await readStream(context, end);
    const planTimeoutMs = hello.plan_timeout_ms;
    const verdict = judgePlan({ end, told, planTimeoutMs });
    const finish = (outcome: OutcomeRequest) => {
      facts.outcome = outcome;
      return 'done' as const;
    };
    if (verdict.result === 'failed' || verdict.result === 'canceled') {
      const isMute = verdict.result === 'failed' && verdict.error !== null && judgeEnd({ end, planTimeoutMs }) === null;
      const error =
        isMute && end.exitCode === 1 ? `${verdict.error}: ${await lastWords(context, { end, told })}` : verdict.error;
      return finish(outcomeOf(context, { end, told }, { result: verdict.result, error }));
    }
    // A check tells what the refresh saw also where terraform would change nothing about it: its values are in the plan's file.
    const isSilentDrift = context.assignment.kind === 'drift' && told.drift.length > 0;
    if (verdict.result === 'unchanged' && !isSilentDrift) {
      return finish(await planned(context, { end, told }, withoutOutputs(projectStream(told, maskOf(context)))));
    }
    const meaning = await projectPlan(context, told);
    if ('refusal' in meaning) {
      return finish(outcomeOf(context, { end, told }, { result: 'failed', error: meaning.refusal }));
    }
    if ('stopped' in meaning) return finish(outcomeOf(context, { end, told }, { result: 'canceled', error: null }));
    return finish(await planned(context, { end, told }, meaning.projection));
  },
};

async function planned(
  context: PipelineContext,
  call: Parameters<typeof outcomeOf>[1],
  projection: PlanProjection,
): Promise<OutcomeRequest> {
  const { assignment, facts } = context;
  const { planFile } = facts;
  const isOurs = assignment.backend !== 'foreign';
  const planState = isOurs && planFile ? await readPlanState(planFile) : null;
  const isForApply = call.end.exitCode === 2 && mayBeApplied(assignment) && planFile !== undefined;
  const handed = isForApply ? await handInAll(context, planFile) : { plan_digest: null };
  return {
    ...outcomeOf(context, call, { result: 'planned', error: null }),
    projection: projectionForWire(projection),
    plan_state: planState,
    ...handed,
  };
}

/** terraform names outputs also where it would save nothing: a refresh of what was never applied. */
function withoutOutputs(projection: PlanProjection): PlanProjection {
  return { ...projection, outputs: [], summary: { ...projection.summary, outputs: 0 } };
}

/** What the plan was made of, what it made, and the plan itself: nothing else of it is applied. */
async function handInAll(context: PipelineContext, planFile: string) {
  const { assignment, facts, paths } = context;
  const since = await firstEngineAt(paths);
  const tree = await readPlanTree(context, since);
  keepList(paths.root, assignment.run, tree.list);
  facts.treeDigest = tree.list.digest;
  await handInMadeFiles(context, tree);
  return { tree_digest: tree.list.digest, ...(await handInPlan(context, planFile)) };
}

/** A small plan goes with its outcome, a larger one before it: that is one request less of four. */
async function handInPlan(
  context: PipelineContext,
  file: string,
): Promise<Pick<OutcomeRequest, 'plan_digest' | 'plan'>> {
  if (statSync(file).size > PLAN_WITH_OUTCOME) return { plan_digest: await context.uploadPlan(file) };
  const bytes = readFileSync(file);
  return { plan_digest: createHash('sha256').update(bytes).digest('hex'), plan: bytes.toString('base64') };
}

/** The same value as the protocol's schema types it. */
function projectionForWire(projection: PlanProjection): NonNullable<OutcomeRequest['projection']> {
  return projection as NonNullable<OutcomeRequest['projection']>;
}

function maskOf({ facts }: PipelineContext): TextMask {
  return facts.mask ?? ((text) => text);
}
