import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createCallDirectory } from '../../src/platform/process/call-directory.ts';
import { isLiving, readProcess } from '../../src/platform/process/proc.ts';
import { ApplyRig, sideEffect, TERRAFORM } from '../support/apply-rig.ts';
import { until } from '../support/until.ts';
import { endOf } from '../support/worker-rig.ts';

describe.skipIf(TERRAFORM === '')('while an apply runs', { timeout: 90_000 }, () => {
  let lab: ApplyRig;
  afterEach(() => lab.stop());

  async function midApply(options: Parameters<ApplyRig['work']>[0] = {}, more = '') {
    lab = await ApplyRig.start();
    lab.rig.plane.hello = { ...lab.rig.plane.hello, drain_ms: 60_000 };
    const worker = await lab.work(options);
    await lab.plan(`${sideEffect(lab.rig.dir, 'a')}${more}`);
    await lab.approve();
    const engine = await lab.engine();
    await until(async () => (await lab.side())[0]);
    return { worker, engine };
  }

  it('a drain leaves it at once, without a signal, and the next worker adopts it', async () => {
    const { worker, engine } = await midApply();
    const drainedAt = performance.now();
    worker.kill('SIGTERM');
    expect(await endOf(worker)).toBe(0);
    expect(performance.now() - drainedAt).toBeLessThan(20_000);
    expect(isLiving(readProcess(engine.pid))).toBe(true);
    await lab.work();
    await until(() => lab.rig.plane.adoptions[0]);
    await lab.rig.touch('go-a');
    expect(await lab.outcome()).toMatchObject({ attempt: 3, exit_code: 0, adopted: true, signalled: false });
    expect(await lab.side()).toEqual(['a']);
  });

  it('a drain waits for its end where it would die with the worker', async () => {
    const { worker } = await midApply({ staysForApplies: true });
    worker.kill('SIGTERM');
    await until(() => lab.rig.stderr.includes('worker drains') || null);
    const beats = lab.rig.plane.heartbeats.length;
    await until(() => lab.rig.plane.heartbeats.length > beats + 5 || null);
    expect(worker.exitCode).toBeNull();
    await lab.rig.touch('go-a');
    expect(await endOf(worker)).toBe(0);
    expect(lab.rig.plane.applyOutcomes).toMatchObject([{ attempt: 2, exit_code: 0, adopted: false, signalled: false }]);
  });

  it('a fence ends the talk about it, never the apply', async () => {
    const { engine } = await midApply();
    lab.rig.plane.giveAway('r1');
    const beats = lab.rig.plane.heartbeats.length;
    await until(() => lab.rig.plane.heartbeats.length > beats + 5 || null);
    expect(isLiving(readProcess(engine.pid))).toBe(true);
    await lab.rig.touch('go-a');
    await until(async () => (await readdir(join(lab.rig.root, 'runs', 'r1-2'))).includes('fenced') || null);
    expect(lab.rig.plane.applyOutcomes).toEqual([]);
    expect(await lab.stored()).toEqual({ addresses: ['terraform_data.a'], isLocked: false });
  });

  it('a control plane that is away is waited for, and an outcome whose answer was lost is told again', async () => {
    await midApply();
    lab.rig.plane.isAway = true;
    lab.rig.plane.losesOutcomeAnswers = 1;
    await lab.rig.touch('go-a');
    await until(async () => (await lab.rig.processes()).every((line) => !line.includes(' apply')) || null);
    lab.rig.plane.isAway = false;
    await until(() => lab.rig.plane.applyOutcomes.length === 2 || null);
    const [first, second] = lab.rig.plane.applyOutcomes;
    expect(second).toEqual(first);
    expect(lab.rig.plane.logOf('r1').match(/terraform_data\.a: Creation complete/g)).toHaveLength(1);
  });

  it('a state token of an earlier life stays out of the log of the next', async () => {
    const env =
      'resource "terraform_data" "z" {\n  depends_on = [terraform_data.a]\n  provisioner "local-exec" {\n    command = "echo address $TF_HTTP_ADDRESS"\n  }\n}\n';
    const { worker } = await midApply({}, env);
    const token = /:\/\/hf:([^@]+)@/.exec(lab.rig.plane.runs.get('r1')?.assignment.state_url ?? '')?.[1] ?? '';
    worker.kill('SIGKILL');
    await endOf(worker);
    const run = lab.rig.plane.runs.get('r1');
    if (run)
      Object.assign(run.assignment, { state_url: run.assignment.state_url?.replace(token, 'another-token-of-it') });
    await lab.work();
    await until(() => lab.rig.plane.adoptions[0]);
    await lab.rig.touch('go-a');
    expect(await lab.outcome()).toMatchObject({ exit_code: 0, adopted: true });
    expect(lab.rig.plane.logOf('r1')).toContain('address http://hf:(sensitive)@');
    expect(lab.rig.plane.logOf('r1')).not.toContain(token);
  });

  it('its output that was removed under it is said to be lost', async () => {
    await midApply();
    await rm(join(lab.rig.call('r1', 2, 'apply'), 'out'));
    await lab.rig.touch('go-a');
    expect(await lab.outcome()).toMatchObject({ evidence: 'exited', exit_code: 0, stream_lost: true, completed: [] });
  });
});

describe.skipIf(TERRAFORM === '')('an apply that was claimed by a worker which died', { timeout: 90_000 }, () => {
  let lab: ApplyRig;
  afterEach(() => lab.stop());

  it.each(['nothing', 'an intent', 'an empty pid'])(
    'with %s before its start is applied by the next, once',
    async (left) => {
      lab = await ApplyRig.start();
      const worker = await lab.work();
      await lab.plan(sideEffect(lab.rig.dir, 'a'));
      await until(async () => (await readdir(join(lab.rig.root, 'runs'))).length === 0 || null);
      worker.kill('SIGKILL');
      await endOf(worker);
      await lab.approve();
      const run = lab.rig.plane.runs.get('r1');
      if (run) Object.assign(run, { attempt: 2, state: 'claimed' });
      const call = lab.rig.call('r1', 2, 'apply');
      await mkdir(join(call, '..'), { recursive: true });
      const intent = { run: 'r1', attempt: 2, label: 'apply', binary: '/none', args: ['apply'], cwd: '/', at: 0 };
      if (left !== 'nothing') await createCallDirectory(call, intent, true);
      if (left === 'an empty pid') await writeFile(join(call, 'pid'), '');
      await lab.rig.touch('go-a');
      await lab.work();
      await until(() => lab.rig.plane.applyOutcomes.length === 2 || null, 60_000);
      expect(lab.rig.plane.adoptions).toMatchObject([{ run: 'r1', attempt: 2, evidence: 'never_started' }]);
      expect(lab.rig.plane.applyOutcomes).toMatchObject([
        { attempt: 3, evidence: 'never_started', error: null, adopted: true },
        // In the files of its plan, which were kept.
        { attempt: 4, evidence: 'exited', exit_code: 0, adopted: false, notes: [] },
      ]);
      expect(await lab.side()).toEqual(['a']);
    },
  );
});
