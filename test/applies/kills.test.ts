import type { ChildProcess } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { isLiving, readProcess } from '../../src/platform/process/proc.ts';
import type { EngineRecord } from '../../src/platform/process/process-evidence.ts';
import { ApplyRig, sideEffect, TERRAFORM } from '../support/apply-rig.ts';
import { until } from '../support/until.ts';
import { endOf } from '../support/worker-rig.ts';

type Victim = 'worker' | 'shim' | 'engine';

describe.skipIf(TERRAFORM === '')('an apply', { timeout: 90_000 }, () => {
  let lab: ApplyRig;
  afterEach(() => lab.stop());

  /** An apply that has made `b`, and waits for `go-a` to make `a`. */
  async function midApply(): Promise<{ worker: ChildProcess; engine: EngineRecord; planLog: string }> {
    lab = await ApplyRig.start();
    const worker = await lab.work();
    await lab.plan(
      `resource "terraform_data" "b" {}\n${sideEffect(lab.rig.dir, 'a', 'depends_on = [terraform_data.b]')}`,
    );
    const planLog = lab.rig.plane.logOf('r1');
    await lab.approve();
    const engine = await lab.engine();
    await until(async () => (await lab.side())[0]);
    return { worker, engine, planLog };
  }

  async function kill({ worker, engine }: Awaited<ReturnType<typeof midApply>>, victims: readonly Victim[]) {
    if (victims.includes('worker')) worker.kill('SIGKILL');
    if (victims.includes('shim')) process.kill(engine.shimPid, 'SIGKILL');
    if (victims.includes('engine')) process.kill(engine.pid, 'SIGKILL');
    if (victims.includes('worker')) await endOf(worker);
    if (victims.includes('engine')) await until(() => !isLiving(readProcess(engine.pid)) || null);
  }

  it.each([
    [['worker'], { evidence: 'exited', exit_code: 0, adopted: true }],
    [['shim'], { evidence: 'vanished', exit_code: null, adopted: false }],
    [['worker', 'shim'], { evidence: 'vanished', exit_code: null, adopted: true }],
  ] as const)('goes on without %j: everything once, saved, unlocked, known', async (victims, ending) => {
    const made = await midApply();
    await kill(made, victims);
    expect(isLiving(readProcess(made.engine.pid))).toBe(true);
    if (ending.adopted) {
      await lab.work();
      await until(() => lab.rig.plane.adoptions[0]);
    }
    await lab.rig.touch('go-a');
    const outcome = await lab.outcome();
    expect(outcome).toMatchObject({ ...ending, change_summary: { add: 2 }, planned: 2, unfinished: [], error: null });
    expect(outcome.completed.map(({ address }) => address)).toEqual(['terraform_data.b', 'terraform_data.a']);
    expect(await lab.stored()).toEqual({ addresses: ['terraform_data.a', 'terraform_data.b'], isLocked: false });
    expect(await lab.side()).toEqual(['a']);
    const log = lab.rig.plane.logOf('r1').slice(made.planLog.length);
    expect(log.match(/terraform_data\.a: Creation complete/g)).toHaveLength(1);
    expect(log.match(/terraform_data\.b: Creation complete/g)).toHaveLength(1);
    expect(lab.rig.plane.processes.at(-1)).toMatchObject({ pid: made.engine.pid, start_time: made.engine.startTime });
  });

  it.each([
    [['engine'], { evidence: 'exited', exit_code: 137, adopted: false }],
    [['worker', 'engine'], { evidence: 'exited', exit_code: 137, adopted: true }],
    [['shim', 'engine'], { evidence: 'vanished', exit_code: null, adopted: false }],
    [['worker', 'shim', 'engine'], { evidence: 'vanished', exit_code: null, adopted: true }],
  ] as const)('that lost %j is told with what it made, and is not begun again', async (victims, ending) => {
    const made = await midApply();
    await kill(made, victims);
    if (ending.adopted) await lab.work();
    const outcome = await lab.outcome();
    expect(outcome).toMatchObject({ ...ending, change_summary: null, planned: 2, errored_state: 'none' });
    expect(outcome.completed).toMatchObject([{ address: 'terraform_data.b', action: 'create', id_key: 'id' }]);
    expect(outcome.completed[0]?.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(outcome.unfinished).toMatchObject([{ address: 'terraform_data.a', action: 'create', id: null }]);
    // terraform died with its lock: only a proof of death frees it.
    expect((await lab.stored()).isLocked).toBe(true);
    expect(await lab.side()).toEqual(['a']);
    await lab.rig.touch('go-a');
    await until(async () => (await lab.rig.processes()).filter((line) => line.includes('go-a')).length === 0 || null);
  });
});
