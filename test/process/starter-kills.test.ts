import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { forbidStart, layVoid, observe } from '../../src/platform/process/call-directory.ts';
import { waitForEnd } from '../../src/platform/process/engine-end.ts';
import { readProcess } from '../../src/platform/process/proc.ts';
import { judge } from '../../src/platform/process/process-evidence.ts';
import { settleEvidence } from '../../src/platform/process/settle-evidence.ts';
import { endSession } from '../../src/platform/process/stop-plan.ts';
import { runningEngine, StarterRig, untilGone } from '../support/starter-rig.ts';
import { until } from '../support/until.ts';

let rig: StarterRig;
beforeEach(async () => {
  rig = await StarterRig.open();
});
afterEach(() => rig.close());

describe('a starter', () => {
  it('killed alone leaves the engine, whose end is seen without an exit code; the next engine gets another', async () => {
    const engine = await rig.begin(`while [ ! -e "${rig.dir}/go" ]; do sleep 0.05; done; echo done`, {
      PATH: '/usr/bin:/bin',
    });
    const record = await runningEngine(engine.path);
    process.kill(record.shimPid, 'SIGKILL');
    await engine.ended;
    expect(engine.hasLostStarter()).toBe(true);
    expect(judge(await observe(engine.path)).kind).toBe('running');
    const end = waitForEnd(engine.path, systemClock);
    await writeFile(join(rig.dir, 'go'), '');
    expect(await end).toMatchObject({ kind: 'vanished' });
    engine.release(true);
    expect((await rig.run('echo again')).out.toString()).toBe('again\n');
  });

  it('killed while it waits is replaced', async () => {
    const { shimPid } = await rig.run('exit 0');
    process.kill(shimPid, 'SIGKILL');
    await untilGone(shimPid);
    // Its end may not be known here yet: then nothing was started, which is seen.
    const engine = await rig.begin('exit 3');
    const next = await waitForEnd(engine.path, systemClock, engine.ended);
    expect(next.kind === 'never_started' ? engine.hasLostStarter() : next).toEqual(
      next.kind === 'never_started' ? true : expect.objectContaining({ exitCode: 3 }),
    );
    engine.release(false);
  });

  it('tells the signal that killed the engine alone; what the engine left is ended, what another left is not', async () => {
    const other = await rig.run('sleep 300 >/dev/null 2>&1 & echo $!', { PATH: '/usr/bin:/bin' });
    const stray = Number(other.out.toString());
    // Start times are in ticks of 10 ms.
    await new Promise((resolve) => setTimeout(resolve, 30));
    const engine = await rig.begin('sleep 300 & echo $!; wait', { PATH: '/usr/bin:/bin' });
    const record = await runningEngine(engine.path);
    expect(readProcess(stray)).toMatchObject({ session: record.shimPid });
    const left = await until(() => Number(readFileSync(join(engine.path, 'out'), 'utf8')) || null);
    process.kill(record.pid, 'SIGKILL');
    const end = await waitForEnd(engine.path, systemClock, engine.ended);
    expect(end).toMatchObject({ kind: 'exited', exitCode: 137 });
    expect(endSession(engine.path, record)).toBe(1);
    await untilGone(left);
    expect(readProcess(stray)?.state).toBe('S');
    process.kill(stray, 'SIGKILL');
    engine.release(true);
  });

  it('starts nothing where a newcomer came first, nor after a `void`', async () => {
    const first = await rig.call('touch ran');
    await forbidStart(first.path);
    const second = await rig.call('touch ran');
    await layVoid(second.path);
    for (const { path, command } of [first, second]) {
      const engine = rig.starters.start(path, command);
      await engine.ended;
      engine.release(false);
      expect(await readFile(join(path, 'exit'), 'utf8')).toBe('125\n');
      expect(await settleEvidence(path, systemClock)).toEqual({ kind: 'never_started' });
    }
    expect(existsSync(join(rig.dir, 'ran'))).toBe(false);
  });

  it('says 127 for a binary that is not there, and what is wrong with a directory', async () => {
    const { path, command } = await rig.call('');
    const engine = rig.starters.start(path, { ...command, binary: join(rig.dir, 'none') });
    expect(await waitForEnd(path, systemClock, engine.ended)).toMatchObject({ kind: 'exited', exitCode: 127 });
    engine.release(false);
    const nowhere = await rig.call('');
    const none = rig.starters.start(nowhere.path, { ...nowhere.command, cwd: join(rig.dir, 'none') });
    expect(await waitForEnd(nowhere.path, systemClock, none.ended)).toEqual({ kind: 'never_started' });
    expect(await readFile(join(nowhere.path, 'err'), 'utf8')).toMatch(/cd:.*none/);
    none.release(false);
  });

  it('ends where it cannot write how the engine ended', async () => {
    const engine = await rig.begin(`rm -r "${rig.dir}"/call-*`, { PATH: '/usr/bin:/bin' });
    await engine.ended;
    expect(engine.hasLostStarter()).toBe(true);
    engine.release(true);
  });

  it('gives way to a direct start where no shell can be kept', async () => {
    await rig.close();
    rig = await StarterRig.open('/bin/false');
    for (let nth = 0; nth < 3; nth++) {
      const engine = await rig.begin('exit 0');
      expect(await waitForEnd(engine.path, systemClock, engine.ended)).toEqual({ kind: 'never_started' });
      engine.release(true);
    }
    expect((await rig.run('echo yes')).out.toString()).toBe('yes\n');
  });

  it('lives no longer than its process; with an engine until that has ended, and writes how', async () => {
    const { path, command } = await rig.call(`while [ ! -e "${rig.dir}/go" ]; do sleep 0.05; done; exit 4`, {
      PATH: '/usr/bin:/bin',
    });
    const idle = await rig.call('exit 0');
    const module = new URL('../../src/platform/process/engine-starter.ts', import.meta.url).href;
    const text = `const { EngineStarters } = await import(${JSON.stringify(module)});
const starters = new EngineStarters({ root: ${JSON.stringify(rig.dir)}, keep: 1 });
const alive = setInterval(() => {}, 1000);
const begin = (call) => starters.start(call.path, call.command);
const [busy, idle] = ${JSON.stringify([{ path, command }, idle])}.map(begin);
await idle.ended;
idle.release(false);`;
    const worker = spawn(process.execPath, ['--input-type=module', '--eval', text], { stdio: 'ignore' });
    const record = await runningEngine(path);
    const idleShim = await until(async () => {
      const verdict = judge(await observe(idle.path));
      return verdict.kind === 'exited' ? verdict.record.shimPid : null;
    });
    worker.kill('SIGKILL');
    await untilGone(idleShim);
    expect(judge(await observe(path)).kind).toBe('running');
    await writeFile(join(rig.dir, 'go'), '');
    expect(await waitForEnd(path, systemClock)).toMatchObject({ kind: 'exited', exitCode: 4 });
    await untilGone(record.shimPid);
  });
});
