import type { PipelineStep } from './pipeline.ts';
import { engineStep } from './steps/engine-step.ts';
import { environmentStep } from './steps/environment-step.ts';
import { initStep } from './steps/init-step.ts';
import { outcomeStep } from './steps/outcome-step.ts';
import { outputsStep } from './steps/outputs-step.ts';
import { planStep } from './steps/plan-step.ts';
import { sourceStep } from './steps/source-step.ts';

/** What a plan run does, in order. An adopted run does it again: what was begun before is found, not repeated. */
export const planSteps: readonly PipelineStep[] = [
  sourceStep,
  engineStep,
  environmentStep,
  initStep,
  outputsStep,
  planStep,
  outcomeStep,
];
