import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { isLiving, readProcess } from '../../src/platform/process/proc.ts';
import { superviseWorkers, type WorkerSupervisor } from '../../src/platform/process/worker-supervisor.ts';
import { ApplyRig, sideEffect, TERRAFORM } from '../support/apply-rig.ts';
import { until } from '../support/until.ts';

const WORKER = fileURLToPath(new URL('../support/worker-process.ts', import.meta.url));

describe.skipIf(TERRAFORM === '')('a supervisor that stops in the middle of an apply', { timeout: 90_000 }, () => {
  let lab: ApplyRig;
  let supervisor: WorkerSupervisor;
  afterEach(async () => {
    await supervisor.stop();
    await lab.stop();
  });

  async function midApply(staysForApplies: boolean) {
    lab = await ApplyRig.start();
    const { rig } = lab;
    supervisor = superviseWorkers({
      count: 1,
      command: process.execPath,
      args: [WORKER, JSON.stringify({ parent: 'ipc', path: lab.path })],
      env: { PATH: '/usr/bin:/bin' },
      startOf: () => ({
        server: rig.plane.url,
        secret: 'fake-control-plane-secret',
        name: 'w1',
        root: rig.root,
        concurrency: 1,
      }),
      clock: systemClock,
      logger: silentLogger,
      stopMs: 300,
      staysForApplies,
    });
    await lab.plan(sideEffect(rig.dir, 'a'));
    await lab.approve();
    const engine = await lab.engine();
    await until(async () => (await lab.side())[0]);
    return engine;
  }

  it('lets its worker stay to the end where the apply would die with them', async () => {
    await midApply(true);
    let isStopped = false;
    const stopping = supervisor.stop().then(() => (isStopped = true));
    const beats = lab.rig.plane.heartbeats.length;
    // Far beyond the time after which it would be killed.
    await until(() => lab.rig.plane.heartbeats.length > beats + 10 || null);
    expect(isStopped).toBe(false);
    await lab.rig.touch('go-a');
    await stopping;
    expect(lab.rig.plane.applyOutcomes).toMatchObject([{ exit_code: 0, adopted: false, signalled: false }]);
  });

  it('goes at once where it would not, and nobody signals the apply', async () => {
    const engine = await midApply(false);
    await supervisor.stop();
    expect(isLiving(readProcess(engine.pid))).toBe(true);
    expect(lab.rig.plane.applyOutcomes).toEqual([]);
    await lab.work();
    await lab.rig.touch('go-a');
    expect(await lab.outcome()).toMatchObject({ exit_code: 0, adopted: true, signalled: false });
  });
});
