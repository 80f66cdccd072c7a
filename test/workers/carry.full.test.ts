import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { WorkerRig } from '../support/worker-rig.ts';

let rig: WorkerRig;
afterEach(() => rig.stop());

describe('a worker', () => {
  it('carries a run: log in order, plan, outcome, and nothing left but the kept working copy', async () => {
    rig = await WorkerRig.start('echo planning $RUN; echo careful >&2; touch made; exit 2');
    rig.plane.queue('r1');
    await rig.work();
    const outcome = await rig.outcomeOf('r1');
    expect(outcome).toMatchObject({ attempt: 1, result: 'planned', exit_code: 2, error: null });
    expect(rig.plane.uploads.get('r1')?.toString()).toBe('a plan');
    expect(rig.plane.logOf('r1')).toBe('stack r1\ninitialised\nplanning r1\ncareful\nended 2 null\n');
    await until(async () => (await readdir(join(rig.root, 'kept'))).includes('r1') || null);
    expect((await readdir(join(rig.root, 'kept', 'r1'))).sort()).toEqual(['made', 'main.tf']);
    await until(async () => (await readdir(join(rig.root, 'runs'))).length === 0 || null);
    expect(await readdir(join(rig.root, 'work'))).toEqual([]);
    rig.plane.released.add('r1');
    await until(async () => (await readdir(join(rig.root, 'kept'))).length === 0 || null);
  });

  it('removes the working copy of a run that changes nothing, and of one that failed', async () => {
    rig = await WorkerRig.start('[ $RUN = bad ] && exit 1; exit 0');
    rig.plane.queue('good');
    rig.plane.queue('bad');
    await rig.work();
    expect(await rig.outcomeOf('good')).toMatchObject({ result: 'planned', exit_code: 0 });
    expect(await rig.outcomeOf('bad')).toMatchObject({ result: 'failed', exit_code: 1 });
    await until(async () => (await readdir(join(rig.root, 'owners'))).length === 0 || null);
    expect(await readdir(join(rig.root, 'work'))).toEqual([]);
    expect(await readdir(join(rig.root, 'kept'))).toEqual([]);
  });

  it('never carries more than its concurrency', async () => {
    rig = await WorkerRig.start('echo + >>$DIR/side; sleep 0.1; echo - >>$DIR/side');
    for (let n = 0; n < 8; n++) rig.plane.queue(`r${n}`);
    await rig.work({ concurrency: 2 });
    await until(() => rig.plane.outcomes.length === 8 || null);
    let now = 0;
    let most = 0;
    for (const sign of (await rig.read('side')).trim().split('\n')) {
      now += sign === '+' ? 1 : -1;
      most = Math.max(most, now);
    }
    expect(most).toBe(2);
  });

  it('ends a cancelled plan and says so', async () => {
    rig = await WorkerRig.start('touch $DIR/started; trap "echo stopping; exit 1" INT; while :; do sleep 0.05; done');
    rig.plane.queue('r1');
    await rig.work();
    await until(() => rig.has('started') || null);
    rig.plane.cancelled.add('r1');
    expect(await rig.outcomeOf('r1')).toMatchObject({ result: 'canceled', exit_code: 1 });
    expect(rig.plane.logOf('r1')).toContain('stopping\nended 1 canceled');
    expect((await rig.processes()).filter((line) => line.includes('plan'))).toEqual([]);
  });

  it('ends a plan at its timeout', async () => {
    rig = await WorkerRig.start('exec sleep 60');
    rig.plane.hello = { ...rig.plane.hello, plan_timeout_ms: 300 };
    rig.plane.queue('r1');
    await rig.work();
    expect(await rig.outcomeOf('r1')).toMatchObject({ result: 'failed', error: 'stopped: timeout' });
  });

  it('stops a plan that was given to somebody else, and reports nothing of it', async () => {
    rig = await WorkerRig.start('exec sleep 60');
    rig.plane.queue('r1');
    await rig.work();
    const engine = await rig.engineOf('r1');
    rig.plane.giveAway('r1');
    await until(async () => (await readdir(join(rig.root, 'runs', 'r1-1'))).includes('fenced') || null);
    expect(rig.plane.outcomes).toEqual([]);
    expect(() => process.kill(engine.pid, 0)).toThrow('ESRCH');
    await until(async () => (await readdir(join(rig.root, 'work'))).length === 0 || null);
  });

  it('waits out a control plane that is away, and then the whole log is there', async () => {
    rig = await WorkerRig.start('n=0; while [ ! -e $DIR/go ]; do echo $n; n=$((n+1)); sleep 0.05; done; echo last');
    rig.plane.queue('r1');
    await rig.work();
    await until(() => rig.plane.logOf('r1').includes('3\n') || null);
    rig.plane.isAway = true;
    await until(async () => (await rig.read('root/runs/r1-1/plan/out')).includes('60\n') || null);
    await rig.touch('go');
    await until(async () => (await rig.read('root/runs/r1-1/plan/exit').catch(() => null)) ?? null);
    const whole = await rig.read('root/runs/r1-1/plan/out');
    rig.plane.isAway = false;
    expect(await rig.outcomeOf('r1')).toMatchObject({ result: 'planned', exit_code: 0 });
    expect(rig.plane.logOf('r1')).toBe(`stack r1\ninitialised\n${whole}ended 0 null\n`);
  });

  it('reports once more when the answer to an outcome was lost', async () => {
    rig = await WorkerRig.start('exit 0');
    rig.plane.losesOutcomeAnswers = 1;
    rig.plane.queue('r1');
    await rig.work();
    await until(() => rig.plane.outcomes.length === 2 || null);
    expect(rig.plane.outcomes[1]).toEqual(rig.plane.outcomes[0]);
    await until(async () => (await readdir(join(rig.root, 'runs'))).length === 0 || null);
  });

  it('stores the log again from where the control plane lost its end', async () => {
    rig = await WorkerRig.start('n=0; while [ ! -e $DIR/go ]; do echo $n; n=$((n+1)); sleep 0.02; done; echo last');
    rig.plane.queue('r1');
    await rig.work();
    const run = rig.plane.runs.get('r1');
    await until(() => rig.plane.logOf('r1').includes('3\n') || null);
    if (run) run.log = run.log.subarray(0, 12);
    await rig.touch('go');
    await rig.outcomeOf('r1');
    expect(rig.plane.logOf('r1')).toMatch(/^stack r1\ninitialised\n0\n1\n2\n3\n[\s\S]*\nlast\nended 0 null\n$/);
  });
});
