import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { createCallDirectory, observe } from '../../src/platform/process/call-directory.ts';
import { waitForEnd } from '../../src/platform/process/engine-end.ts';
import { livingInSession, readCommandLine, readProcess } from '../../src/platform/process/proc.ts';
import { type EngineRecord, judge } from '../../src/platform/process/process-evidence.ts';
import { settleEvidence } from '../../src/platform/process/settle-evidence.ts';
import { spawnEngine } from '../../src/platform/process/spawn-engine.ts';
import { endSession, stopPlan } from '../../src/platform/process/stop-plan.ts';
import { until } from '../support/until.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-shim-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** An engine that is a shell script; answers its call directory and its shim's end. */
async function start(script: string, env: Record<string, string> = {}) {
  const binary = join(dir, 'engine (x) ) y');
  await writeFile(binary, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const call = join(dir, 'plan');
  const intent = { run: 'r', attempt: 1, label: 'plan', binary, args: ['plan'], cwd: dir, at: 0 };
  await createCallDirectory(call, intent, true);
  const shimEnded = spawnEngine(call, { binary, args: ['plan', 'two words', '$HOME;*'], cwd: dir, env });
  return { call, shimEnded };
}

async function running(call: string): Promise<EngineRecord> {
  return until(async () => {
    const verdict = judge(await observe(call));
    return verdict.kind === 'running' ? verdict.record : null;
  });
}

describe('the shim', () => {
  it('gives the engine its arguments, its directory, exactly its environment and no stdin', async () => {
    const script = 'printf "%s|" "$@"; pwd; cat; env >&2; exit 2';
    const { call, shimEnded } = await start(script, { A: 'x y', PATH: '/usr/bin:/bin' });
    expect(await waitForEnd(call, systemClock, shimEnded)).toMatchObject({ kind: 'exited', exitCode: 2 });
    expect(await readFile(join(call, 'out'), 'utf8')).toBe(`plan|two words|$HOME;*|${dir}\n`);
    const env = (await readFile(join(call, 'err'), 'utf8')).trim().split('\n');
    // The script is a shell itself, which adds PWD.
    expect(env.filter((line) => !/^(PWD|_|SHLVL)=/.test(line)).sort()).toEqual(['A=x y', 'PATH=/usr/bin:/bin']);
  });

  it('records the process that becomes the engine, in a session of its own', async () => {
    const { call, shimEnded } = await start('exec sleep 30');
    const record = await running(call);
    expect(readProcess(record.pid)).toMatchObject({ session: record.shimPid, startTime: record.startTime });
    expect(readCommandLine(record.shimPid)).toContain('shim.sh');
    await stopPlan({ dir: call, clock: systemClock, ended: abortedBy(shimEnded) });
    expect(await waitForEnd(call, systemClock, shimEnded)).toMatchObject({ kind: 'exited', exitCode: 130 });
  });

  it('killed alone leaves the engine, whose end is seen without an exit code', async () => {
    const { call, shimEnded } = await start(`while [ ! -e "${dir}/go" ]; do sleep 0.05; done; echo done`);
    const record = await running(call);
    process.kill(record.shimPid, 'SIGKILL');
    await shimEnded;
    expect(judge(await observe(call)).kind).toBe('running');
    const end = waitForEnd(call, systemClock);
    await writeFile(join(dir, 'go'), '');
    expect(await end).toMatchObject({ kind: 'vanished' });
    expect(await readFile(join(call, 'out'), 'utf8')).toBe('done\n');
  });

  it('tells the signal that killed the engine alone', async () => {
    const { call, shimEnded } = await start('exec sleep 30');
    const record = await running(call);
    process.kill(record.pid, 'SIGKILL');
    expect(await waitForEnd(call, systemClock, shimEnded)).toMatchObject({ kind: 'exited', exitCode: 137 });
  });

  it('starts nothing where a newcomer came first', async () => {
    const call = join(dir, 'plan');
    const intent = { run: 'r', attempt: 1, label: 'plan', binary: '/bin/touch', args: ['x'], cwd: dir, at: 0 };
    await createCallDirectory(call, intent, false);
    expect(await settleEvidence(call, systemClock)).toEqual({ kind: 'never_started' });
    await spawnEngine(call, { binary: '/bin/touch', args: [join(dir, 'ran')], cwd: dir, env: {} });
    await expect(readFile(join(dir, 'ran'))).rejects.toThrow('ENOENT');
    expect(await readFile(join(call, 'exit'), 'utf8')).toBe('125\n');
    expect(await settleEvidence(call, systemClock)).toEqual({ kind: 'never_started' });
  });

  it('that stopped between an empty pid and its line is forbidden to go on', async () => {
    const call = join(dir, 'plan');
    const intent = { run: 'r', attempt: 1, label: 'plan', binary: '/bin/touch', args: ['x'], cwd: dir, at: 0 };
    await createCallDirectory(call, intent, false);
    await writeFile(join(call, 'pid'), '');
    expect(await settleEvidence(call, systemClock)).toEqual({ kind: 'never_started' });
    // The same shim goes on: it holds the file and writes its line now.
    await rm(join(call, 'pid'));
    await spawnEngine(call, { binary: '/bin/touch', args: [join(dir, 'ran')], cwd: dir, env: {} });
    await expect(readFile(join(dir, 'ran'))).rejects.toThrow('ENOENT');
    expect(judge(await observe(call))).toEqual({ kind: 'never_started' });
  });

  it('says 127 for a binary that is not there, and refuses a directory that is not there', async () => {
    const call = join(dir, 'plan');
    await mkdir(call);
    await spawnEngine(call, { binary: join(dir, 'none'), args: [], cwd: dir, env: {} });
    expect(await readFile(join(call, 'exit'), 'utf8')).toBe('127\n');
    const nowhere = spawnEngine(call, { binary: '/bin/true', args: [], cwd: join(dir, 'none'), env: {} });
    await expect(nowhere).rejects.toThrow(/could not start \/bin\/true.*is .*none a directory/s);
  });

  it("writes an apply's exit code over the place that was kept for it, also where a full disk takes no more", async () => {
    for (const code of [0, 7, 130]) {
      const { call, shimEnded } = await start(`exit ${code}`);
      await shimEnded;
      expect(await readFile(join(call, 'exit'), 'utf8')).toMatch(new RegExp(`^${code}\n *$`));
      expect(judge(await observe(call))).toMatchObject({ kind: 'exited', exitCode: code });
      await rm(call, { recursive: true });
    }
  });

  it('waits where even that place takes nothing, and tells the code when it does', async () => {
    const call = join(dir, 'apply');
    await mkdir(call);
    // A program that runs cannot be written to, whoever asks.
    await copyFile('/bin/sleep', join(dir, 'busy'));
    const busy = spawn(join(dir, 'busy'), ['60']);
    await symlink(join(dir, 'busy'), join(call, 'exit'));
    const intent = { run: 'r', attempt: 1, label: 'apply', binary: '/bin/sh', args: [], cwd: dir, at: 0 };
    await createCallDirectory(call, intent, false);
    const env = { PATH: '/usr/bin:/bin' };
    const shimEnded = spawnEngine(call, { binary: '/bin/sh', args: ['-c', 'exit 3'], cwd: dir, env });
    const seen = () => observe(call).then(judge);
    await until(async () => {
      const verdict = await seen();
      return (verdict.kind === 'undecided' && verdict.because === 'exit_pending') || null;
    });
    await writeFile(join(dir, 'room'), '    ');
    await rename(join(dir, 'room'), join(call, 'exit'));
    expect(await waitForEnd(call, systemClock, shimEnded)).toMatchObject({ kind: 'exited', exitCode: 3 });
    busy.kill();
  });

  it('leaves nothing in its session after a plan that was killed', async () => {
    const { call, shimEnded } = await start('sleep 300 & sleep 300');
    const record = await running(call);
    process.kill(record.pid, 'SIGKILL');
    await waitForEnd(call, systemClock, shimEnded);
    await until(() => endSession(call, record) === 0 || null);
    expect(livingInSession(record.shimPid)).toEqual([]);
  });
});

function abortedBy(ended: Promise<void>): AbortSignal {
  const controller = new AbortController();
  ended.finally(() => controller.abort());
  return controller.signal;
}
