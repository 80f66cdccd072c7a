import { expect, expectTypeOf, test } from 'vitest';
import type { PlannedChange, PlanSummary } from '../kernel/plan-outcome.ts';
import { RUN_TRANSITIONS, type RunKind, type RunStatus, type Trigger } from '../kernel/run-status.ts';
import type { ChangeReason } from '../kernel/stack-entry.ts';
import { type ChangeJson, type ReasonJson, type RunListItem, RunStatusJson, type SummaryJson } from './contract.ts';

test('the statuses of the contract are the statuses of the kernel', () => {
  expect([...RunStatusJson.options].sort()).toEqual(Object.keys(RUN_TRANSITIONS).sort());
});

test('the shapes of the contract take what the kernel has', () => {
  expectTypeOf<RunListItem['status']>().toEqualTypeOf<RunStatus>();
  expectTypeOf<RunListItem['kind']>().toEqualTypeOf<RunKind>();
  expectTypeOf<RunListItem['trigger']>().toEqualTypeOf<Trigger>();
  expectTypeOf<SummaryJson>().toExtend<PlanSummary>();
  expectTypeOf<ChangeJson['attributes'][number]>().toExtend<PlannedChange['attributes'][number]>();
  expectTypeOf<ReasonJson>().toExtend<ChangeReason>();
});
