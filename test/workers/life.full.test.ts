import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { isLiving, readProcess } from '../../src/platform/process/proc.ts';
import { superviseWorkers } from '../../src/platform/process/worker-supervisor.ts';
import { SECRET } from '../support/fake-control-plane.ts';
import { until } from '../support/until.ts';
import { endOf, WorkerRig } from '../support/worker-rig.ts';

let rig: WorkerRig;
afterEach(() => rig.stop());

const UNTIL_GO = 'while [ ! -e $DIR/go ]; do sleep 0.02; done; exit 2';
const WORKER = fileURLToPath(new URL('../support/worker-process.ts', import.meta.url));

describe('SIGTERM', () => {
  it('drains: a plan that ends in time is reported, nothing new is claimed, and the root is free', async () => {
    rig = await WorkerRig.start(UNTIL_GO);
    rig.plane.hello = { ...rig.plane.hello, drain_ms: 30_000 };
    rig.plane.queue('r1');
    const worker = await rig.work({ concurrency: 1 });
    await rig.engineOf('r1');
    worker.kill('SIGTERM');
    await until(() => rig.stderr.includes('worker drains') || null);
    rig.plane.queue('r2');
    await rig.touch('go');
    expect(await endOf(worker)).toBe(0);
    expect(rig.plane.outcomes).toMatchObject([{ run: 'r1', result: 'planned', exit_code: 2 }]);
    expect(await readdir(rig.root)).not.toContain('worker.lock');
  });

  it('leaves a plan that takes longer than the drain to the next life', async () => {
    rig = await WorkerRig.start(UNTIL_GO);
    rig.plane.queue('r1');
    const worker = await rig.work();
    const engine = await rig.engineOf('r1');
    worker.kill('SIGTERM');
    expect(await endOf(worker)).toBe(0);
    expect(isLiving(readProcess(engine.pid))).toBe(true);
    expect(rig.plane.outcomes).toEqual([]);
    await rig.work();
    await rig.touch('go');
    expect(await rig.outcomeOf('r1')).toMatchObject({ attempt: 2, exit_code: 2 });
  });
});

describe('a root', () => {
  it('belongs to one worker: the second waits until the first is gone', async () => {
    rig = await WorkerRig.start('exit 0');
    const first = await rig.work();
    const second = rig.work();
    await until(() => rig.stderr.includes('waiting for the worker that still holds the root') || null);
    expect(rig.plane.hellos).toHaveLength(1);
    first.kill('SIGKILL');
    await second;
    expect(rig.plane.hellos).toHaveLength(2);
    expect(rig.plane.hellos[0]?.root_id).toBe(rig.plane.hellos[1]?.root_id);
  });

  it('whose lock names a dead process is taken over', async () => {
    rig = await WorkerRig.start('exit 0');
    const first = await rig.work();
    first.kill('SIGKILL');
    await endOf(first);
    // The pid lives again as somebody else.
    const line = (await readFile(join(rig.root, 'worker.lock'), 'utf8')).trim().split(' ');
    await writeFile(join(rig.root, 'worker.lock'), `${line[0]} ${process.pid} 1\n`);
    await rig.work();
  });
});

describe('a worker under a supervisor', () => {
  it('gets its secret over IPC, ends at once with it, and leaves its plan to its next life', async () => {
    rig = await WorkerRig.start(UNTIL_GO);
    rig.plane.queue('r1');
    const told = JSON.stringify({ parent: 'ipc', engine: rig.engine });
    const parent = spawn(process.execPath, [WORKER, told], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    rig.workers.push(parent);
    parent.send({ type: 'start', server: rig.plane.url, secret: SECRET, name: 'w1', root: rig.root, concurrency: 1 });
    const engine = await rig.engineOf('r1');
    parent.disconnect();
    expect(await endOf(parent)).toBe(0);
    expect(isLiving(readProcess(engine.pid))).toBe(true);
    expect(rig.plane.outcomes).toEqual([]);
    await rig.work();
    await rig.touch('go');
    expect(await rig.outcomeOf('r1')).toMatchObject({ attempt: 2, exit_code: 2 });
  });

  it('is started again when it dies, and drains when the supervisor stops', async () => {
    rig = await WorkerRig.start('exit 0');
    const supervisor = superviseWorkers({
      count: 1,
      command: process.execPath,
      args: [WORKER, JSON.stringify({ parent: 'ipc', engine: rig.engine })],
      env: { PATH: '/usr/bin:/bin' },
      startOf: (nth) => ({ server: rig.plane.url, secret: SECRET, name: `w${nth}`, root: rig.root, concurrency: 1 }),
      clock: systemClock,
      logger: silentLogger,
      stopMs: 10_000,
    });
    await until(() => rig.plane.hellos[0]);
    const [pid] = supervisor.pids;
    expect(readProcess(pid ?? 0)?.session).toBe(pid);
    const [environ, cmdline] = await Promise.all(
      ['environ', 'cmdline'].map((f) => readFile(`/proc/${pid}/${f}`, 'utf8')),
    );
    expect(`${environ}${cmdline}`).not.toContain(SECRET);
    process.kill(pid ?? 0, 'SIGKILL');
    await until(() => rig.plane.hellos[1]);
    rig.plane.queue('r1');
    await rig.outcomeOf('r1');
    await supervisor.stop();
    expect(supervisor.pids).toEqual([]);
    expect(await rig.processes()).toEqual([]);
  });
});

describe('a plan that prints 100 MB', () => {
  it('keeps the beginning and the end within half of the limit, in a worker that stays small', async () => {
    rig = await WorkerRig.start('echo first; yes 0123456789012345678901234567890 | head -c 104857600; echo; echo last');
    rig.plane.queue('r1');
    const worker = await rig.work();
    const before = await rssOf(worker.pid);
    let most = 0;
    const watch = setInterval(
      () =>
        rssOf(worker.pid).then(
          (rss) => (most = Math.max(most, rss)),
          () => {},
        ),
      50,
    );
    expect(await rig.outcomeOf('r1')).toMatchObject({ result: 'planned', exit_code: 0 });
    clearInterval(watch);
    const log = rig.plane.logOf('r1');
    expect(Buffer.byteLength(log)).toBeLessThan(rig.plane.hello.log_limit_bytes / 2 + 100);
    expect(log).toMatch(/^stack r1\ninitialised\nfirst\n0123/);
    expect(log).toMatch(/\n\[(99|100) MB left out\]\n/);
    expect(log).toMatch(/\nlast\nended 0 null\n$/);
    expect(most - before).toBeLessThan(80);
  });

  it('is ended where the output passes its bound', async () => {
    rig = await WorkerRig.start('exec yes');
    rig.plane.queue('r1');
    await rig.work({ outputLimitBytes: 1024 * 1024 });
    expect(await rig.outcomeOf('r1')).toMatchObject({ result: 'failed', error: 'stopped: output_limit' });
    expect((await rig.processes()).filter((line) => line.includes(' plan'))).toEqual([]);
  });
});

/** Megabytes. */
async function rssOf(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) / 1024;
}
