import { expect, test } from 'vitest';
import { EMPTY_SUMMARY, type PlannedChange, type PlanProjection } from '../../kernel/plan-outcome.ts';
import { classifyDrift } from './classify-drift.ts';

const object: PlannedChange = {
  address: 'aws_s3_bucket_object.o',
  type: 'aws_s3_bucket_object',
  actions: ['update'],
  attributes: [{ path: 'content_type', before: 'text/plain', after: 'application/json' }],
};

function classify(parts: Partial<PlanProjection>, configurationMoved = false) {
  const none = { summary: EMPTY_SUMMARY, changes: [], drift: [], outputs: [], left_out: 0 };
  return classifyDrift({ projection: { ...none, ...parts }, configurationMoved });
}

test('a plan without any difference is in sync', () => {
  expect(classify({})).toEqual({ status: 'in_sync', findings: [], explained: [], leftOut: 0 });
});

test('what the refresh saw change, and terraform would change back, is drift from applied to found', () => {
  const seen = { ...object, attributes: [{ path: 'content_type', before: 'application/json', after: 'text/plain' }] };
  const { status, findings } = classify({ changes: [object], drift: [seen] });
  expect(status).toBe('drifted');
  expect(findings).toMatchObject([{ class: 'real', action: 'update', attributes: seen.attributes }]);
});

test('what only the plan shows is drift where the configuration is the applied one, in the same direction', () => {
  expect(classify({ changes: [object] }).findings).toMatchObject([
    { class: 'real', attributes: [{ path: 'content_type', before: 'application/json', after: 'text/plain' }] },
  ]);
});

test('what only the plan shows is pending where the configuration moved', () => {
  const { status, explained } = classify({ changes: [object] }, true);
  expect(status).toBe('in_sync');
  expect(explained).toMatchObject([{ class: 'configuration_pending' }]);
});

test('what is gone from the world is a finding of its own class', () => {
  const gone: PlannedChange = { ...object, actions: ['delete'] };
  const { findings } = classify({ drift: [gone], changes: [{ ...object, actions: ['create'] }] });
  expect(findings).toMatchObject([{ class: 'deleted_outside', action: 'delete' }]);
});

test('what terraform would leave alone, moves and outputs are told and are no drift', () => {
  const { status, explained } = classify({
    drift: [object],
    changes: [{ ...object, address: 'a.b', actions: ['move'] }],
    outputs: [{ path: 'url', before: 'a', after: 'b' }],
  });
  expect(status).toBe('in_sync');
  expect(explained.map((change) => change.class)).toEqual(['moved', 'noise', 'output_only']);
});

test('a plan that lists less than it counts is unknown rather than in sync', () => {
  expect(classify({ left_out: 3 })).toMatchObject({ status: 'unknown', leftOut: 3 });
});
