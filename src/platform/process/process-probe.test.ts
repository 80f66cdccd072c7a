import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { readBootId, readProcess } from './proc.ts';
import { judgeProcess, probeProcess } from './process-probe.ts';

const recorded = { host: 'h', boot_id: 'b', pid: 7, start_time: '100' };
const facts = { pid: 7, state: 'S', session: 7, startTime: '100' };
const seen = { host: 'h', bootId: 'b', facts };

test.each([
  ['the very process', seen, 'alive'],
  ['a paused one', { ...seen, facts: { ...facts, state: 'T' } }, 'alive'],
  ['a zombie', { ...seen, facts: { ...facts, state: 'Z' } }, 'dead'],
  ['none of this pid', { ...seen, facts: null }, 'dead'],
  ['another one of the same pid', { ...seen, facts: { ...facts, startTime: '200' } }, 'dead'],
  ['another host', { ...seen, host: 'other', facts: null }, 'unknown'],
  ['another boot, perhaps of another host of the same name', { ...seen, bootId: 'other', facts: null }, 'unknown'],
] as const)('%s', (_name, what, verdict) => {
  expect(judgeProcess(recorded, what)).toBe(verdict);
});

test('this very process is alive; with another start time it is dead', () => {
  const me = readProcess(process.pid);
  const mine = { host: hostname(), boot_id: readBootId(), pid: process.pid, start_time: me?.startTime ?? '' };
  expect(probeProcess(mine)).toBe('alive');
  expect(probeProcess({ ...mine, start_time: '1' })).toBe('dead');
});
