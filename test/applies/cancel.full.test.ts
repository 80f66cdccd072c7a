import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { isLiving, readProcess } from '../../src/platform/process/proc.ts';
import { ApplyRig, sideEffect, TERRAFORM } from '../support/apply-rig.ts';
import { until } from '../support/until.ts';
import { endOf } from '../support/worker-rig.ts';

describe.skipIf(TERRAFORM === '')('a cancelled apply', { timeout: 90_000 }, () => {
  let lab: ApplyRig;
  afterEach(() => lab.stop());

  /** An apply whose first resource is being made; the second never is, where it is cancelled before. */
  async function midApply() {
    lab = await ApplyRig.start();
    lab.rig.plane.hello = { ...lab.rig.plane.hello, state_retry_ms: 600_000 };
    const worker = await lab.work();
    const second = 'resource "terraform_data" "z" {\n  depends_on = [terraform_data.a]\n}\n';
    await lab.plan(`${sideEffect(lab.rig.dir, 'a')}${second}`);
    await lab.approve();
    const engine = await lab.engine();
    await until(async () => (await lab.side())[0]);
    return { worker, engine };
  }

  it('gets one SIGINT, saves, unlocks, and begins nothing more; a second wish sends nothing', async () => {
    await midApply();
    // Every heartbeat tells it again.
    lab.rig.plane.cancelled.add('r1');
    const outcome = await lab.outcome();
    expect(outcome).toMatchObject({ evidence: 'exited', exit_code: 1, signalled: true, errored_state: 'none' });
    expect(outcome.errored).toMatchObject([{ address: 'terraform_data.a', action: 'create' }]);
    expect(outcome.completed).toEqual([]);
    const stored = await lab.stored();
    expect(stored).toEqual({ addresses: ['terraform_data.a'], isLocked: false });
    const log = lab.rig.plane.logOf('r1');
    expect(log.match(/Interrupt received/g)).toHaveLength(1);
    expect(log).not.toContain('Two interrupts received');
    expect(log).toMatch(/The engine ended with exit code 1 after it was asked to stop\.\n$/);
  });

  it('is not signalled by the next life, which hears of the wish again', async () => {
    const { worker, engine } = await midApply();
    // terraform saves, and cannot: so it lives on after its SIGINT.
    const back = await lab.stopState();
    lab.rig.plane.cancelled.add('r1');
    const call = lab.rig.call('r1', 2, 'apply');
    await until(() => (existsSync(`${call}/signal-sent`) ? true : null));
    await until(() => lab.rig.plane.heartbeats.length > 3 || null);
    worker.kill('SIGKILL');
    await endOf(worker);
    await lab.work();
    await until(() => lab.rig.plane.adoptions[0]);
    const beats = lab.rig.plane.heartbeats.length;
    await until(() => lab.rig.plane.heartbeats.length > beats + 5 || null);
    expect(isLiving(readProcess(engine.pid))).toBe(true);
    await back();
    const outcome = await lab.outcome();
    expect(outcome).toMatchObject({
      evidence: 'exited',
      exit_code: 1,
      signalled: true,
      adopted: true,
      errored_state: 'none',
    });
    expect(await lab.stored()).toEqual({ addresses: ['terraform_data.a'], isLocked: false });
    expect(lab.rig.plane.logOf('r1').match(/Interrupt received/g)).toHaveLength(1);
    expect(lab.rig.plane.logOf('r1')).not.toContain('Two interrupts received');
  });

  it('whose worker died between its mark and its signal is never signalled, and ends by itself', async () => {
    const { worker, engine } = await midApply();
    worker.kill('SIGKILL');
    await endOf(worker);
    await writeFile(`${lab.rig.call('r1', 2, 'apply')}/signalled`, '');
    lab.rig.plane.cancelled.add('r1');
    await lab.work();
    await until(() => lab.rig.plane.adoptions[0]);
    const beats = lab.rig.plane.heartbeats.length;
    await until(() => lab.rig.plane.heartbeats.length > beats + 5 || null);
    expect(isLiving(readProcess(engine.pid))).toBe(true);
    await lab.rig.touch('go-a');
    const outcome = await lab.outcome();
    expect(outcome).toMatchObject({ evidence: 'exited', exit_code: 0, signalled: false });
    expect(outcome.notes.join()).toContain('the wish to cancel was lost');
  });

  it('before it began never starts', async () => {
    lab = await ApplyRig.start();
    await lab.work();
    await lab.plan(sideEffect(lab.rig.dir, 'a'));
    lab.rig.plane.holdsPlans = true;
    await lab.approve();
    await until(() => lab.rig.plane.runs.get('r1')?.state === 'claimed' || null);
    lab.rig.plane.cancelled.add('r1');
    const outcome = await lab.outcome();
    expect(outcome).toMatchObject({ evidence: 'never_started', error: null, signalled: false });
    expect(await lab.side()).toEqual([]);
  });
});
