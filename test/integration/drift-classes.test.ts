import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { classifyDrift } from '../../src/features/drift/classify-drift.ts';
import { readShow } from '../../workers/plan/read-show.ts';
import { DRIFT_CASES, fixtureOf } from '../support/drift-cases/index.ts';

const FIXTURES = new URL('../fixtures/drift/', import.meta.url).pathname;
const cases = Object.entries(DRIFT_CASES);

test('there are plans of at least sixty cases', () => {
  expect(cases.length).toBeGreaterThanOrEqual(60);
  expect(cases.filter(([name]) => !existsSync(`${FIXTURES}${fixtureOf(name)}`)).map(([name]) => name)).toEqual([]);
});

test.each(cases)('%s', async (name, { planned, status, classes }) => {
  const { projection } = await readShow(`${FIXTURES}${fixtureOf(name)}`, String);
  const verdict = classifyDrift({ projection, configurationMoved: planned !== undefined });
  const told = [...verdict.findings, ...verdict.explained];
  expect(Object.fromEntries(told.map((change) => [change.address, change.class]))).toEqual(classes);
  expect(verdict.status).toBe(status);
  expect(JSON.stringify(verdict)).not.toContain('canary');
  for (const { why } of told) expect(why).not.toBe('');
});
