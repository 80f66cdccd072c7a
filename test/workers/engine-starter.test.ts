import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { silentLogger as logger } from '../../src/kernel/logger.ts';
import { observe } from '../../src/platform/process/call-directory.ts';
import { EngineStarters } from '../../src/platform/process/engine-starter.ts';
import { type EngineRecord, parsePidLine } from '../../src/platform/process/process-evidence.ts';
import { createRunDirectory } from '../../src/platform/process/run-directory.ts';
import { EngineRunner } from '../../workers/run/engine-runner.ts';
import { until } from '../support/until.ts';

let dir = '';
let starters: EngineStarters;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-runner-'));
  starters = new EngineStarters({ root: dir, keep: 1 });
});
afterEach(async () => {
  await starters.close();
  await rm(dir, { recursive: true, force: true });
});

async function runner(run = 'r', signal = new AbortController().signal) {
  const directory = await createRunDirectory(dir, { run, attempt: 1 }, false);
  const limits = { timeoutMs: 60_000, outputBytes: 1e9, freeShare: 0 };
  const options = { directory, attempt: 1, limits, starters, clock: systemClock, logger, signal };
  const engines = new EngineRunner({ ...options, onCall() {} });
  return {
    run: (script: string) => {
      const args = ['-c', script];
      return engines.run({ label: 'plan', binary: '/bin/sh', args, cwd: dir, env: { PATH: '/usr/bin:/bin' } });
    },
    recordOf: (name: string): Promise<EngineRecord> =>
      until(async () => {
        const record = parsePidLine((await observe(join(directory.path, name))).pidText ?? '');
        return record === 'never' ? null : record;
      }),
    directory,
  };
}

it('a call whose starter died before it read it is made again, in a folder of its own', async () => {
  const { run, recordOf, directory } = await runner();
  await run('exit 0');
  const { shimPid } = await recordOf('plan');
  process.kill(shimPid, 'SIGSTOP');
  const second = run('echo once >>"$0"; exit 2');
  await until(async () => (await observe(join(directory.path, 'plan-2'))).hasIntent || null);
  process.kill(shimPid, 'SIGKILL');
  expect(await second).toMatchObject({ exitCode: 2, outFile: join(directory.path, 'plan-3', 'out') });
  expect(await readFile(join(directory.path, 'plan-2', 'pid'), 'utf8')).toBe('never\n');
});

it('a shim serves the next run, unless its engine was ended', async () => {
  const first = await runner('a');
  await first.run('exit 0');
  const { shimPid } = await first.recordOf('plan');
  const canceled = new AbortController();
  const second = await runner('b', canceled.signal);
  const ended = second.run('exec sleep 30');
  expect((await second.recordOf('plan')).shimPid).toBe(shimPid);
  canceled.abort();
  expect(await ended).toMatchObject({ exitCode: 130, stopped: 'canceled' });
  const third = await runner('c');
  await third.run('exit 0');
  expect((await third.recordOf('plan')).shimPid).not.toBe(shimPid);
});
