import type { ApplySteps } from './apply/apply-context.ts';
import { applyInitStep } from './apply/apply-init-step.ts';
import { applyOutcomeStep } from './apply/apply-outcome-step.ts';
import { applyStep } from './apply/apply-step.ts';
import { copyStep } from './apply/copy-step.ts';
import { planFileStep } from './apply/plan-file-step.ts';
import { treeStep } from './apply/tree-step.ts';
import { engineStep } from './steps/engine-step.ts';
import { environmentStep, maskStep } from './steps/environment-step.ts';

/**
 * What an apply does, in order; where an earlier life of the worker began the engine, only what is left: nothing that it stands
 * on is touched again, and nothing that is missing by now keeps its end from being told.
 */
export const applySteps: ApplySteps = {
  whole: [copyStep, engineStep, environmentStep, applyInitStep, planFileStep, treeStep, applyStep, applyOutcomeStep],
  begun: [maskStep, applyStep, applyOutcomeStep],
};
