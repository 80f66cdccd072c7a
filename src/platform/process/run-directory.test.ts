import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createCallDirectory } from './call-directory.ts';
import {
  callName,
  createRunDirectory,
  listCalls,
  listRunDirectories,
  markedAt,
  markRun,
  newestMainCall,
  readAttempt,
  recordAttempt,
} from './run-directory.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-runs-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it('lists what is there, with the attempt an adoption gave', async () => {
  const made = await createRunDirectory(root, { run: '01abc', attempt: 3 }, true);
  expect(await readAttempt(made)).toBe(3);
  await recordAttempt(made, 4);
  expect(await listRunDirectories(root)).toEqual([made]);
  expect(await readAttempt(made)).toBe(4);
  expect(await markedAt(made, 'acked')).toBeNull();
  await markRun(made, 'acked');
  expect(await markedAt(made, 'acked')).toBeGreaterThan(0);
});

it('knows the newest plan among the calls that were meant', async () => {
  const made = await createRunDirectory(root, { run: '01abc', attempt: 1 }, false);
  const intent = { run: '01abc', attempt: 1, label: 'plan', binary: '/t', args: ['plan'], cwd: '/', at: 0 };
  expect(await listCalls(made)).toEqual({ all: [], main: null });
  for (const name of ['init', 'plan', callName('plan', 2)]) {
    await createCallDirectory(join(made.path, name), intent, false);
  }
  expect((await listCalls(made)).main).toBe(join(made.path, 'plan-2'));
  expect(newestMainCall(['plan-2', 'plan-10', 'init-11', 'planner'])).toBe('plan-10');
  expect(newestMainCall(['init', 'show'])).toBeNull();
});
