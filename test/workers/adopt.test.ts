import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createCallDirectory } from '../../src/platform/process/call-directory.ts';
import { isLiving, readProcess } from '../../src/platform/process/proc.ts';
import { until } from '../support/until.ts';
import { endOf, WorkerRig } from '../support/worker-rig.ts';

let rig: WorkerRig;
afterEach(() => rig.stop());

const COUNTING = 'n=0; while [ ! -e $DIR/go ]; do echo $n; n=$((n+1)); sleep 0.02; done; echo last; exit 2';

/** A worker whose plan runs and has shipped some of its log. */
async function midPlan(script = COUNTING) {
  rig = await WorkerRig.start(script);
  rig.plane.queue('r1');
  const worker = await rig.work();
  const engine = await rig.engineOf('r1');
  return { worker, engine };
}

async function kill(worker: Awaited<ReturnType<typeof midPlan>>['worker']) {
  worker.kill('SIGKILL');
  await endOf(worker);
}

describe('a plan', () => {
  it('outlives its worker and is adopted, with its exit code and every byte of its log once', async () => {
    const { worker, engine } = await midPlan();
    await until(() => rig.plane.logOf('r1').includes('3\n') || null);
    await kill(worker);
    expect(isLiving(readProcess(engine.pid))).toBe(true);
    await rig.work();
    await until(() => rig.plane.adoptions[0]);
    await rig.touch('go');
    const outcome = await rig.outcomeOf('r1');
    expect(outcome).toMatchObject({ attempt: 2, result: 'planned', exit_code: 2 });
    expect(rig.plane.adoptions).toMatchObject([{ run: 'r1', attempt: 1, evidence: 'running' }]);
    const counted = /initialised\n([\s\S]*)last\n/.exec(rig.plane.logOf('r1'))?.[1]?.trim().split('\n') ?? [];
    expect(counted).toEqual(counted.map((_, n) => String(n)));
    expect(rig.plane.logOf('r1')).toMatch(/^stack r1\ninitialised\n0\n[\s\S]*\nlast\nended 2 null\n$/);
    expect((await rig.processes()).filter((line) => line.includes(' plan'))).toEqual([]);
  });

  it('is adopted again by the next life, under the attempt of the one before', async () => {
    const { worker } = await midPlan();
    await kill(worker);
    await kill(await rig.work());
    await rig.touch('go');
    await rig.work();
    expect(await rig.outcomeOf('r1')).toMatchObject({ attempt: 3, result: 'planned', exit_code: 2 });
    expect(rig.plane.adoptions.map((adoption) => adoption.attempt)).toEqual([1, 2]);
  });

  it('that ended while nobody looked is reported from its files', async () => {
    const { worker } = await midPlan();
    await kill(worker);
    await rig.touch('go');
    await until(async () => (await rig.read('root/runs/r1-1/plan/exit').catch(() => null)) ?? null);
    await rig.work();
    expect(await rig.outcomeOf('r1')).toMatchObject({ attempt: 2, result: 'planned', exit_code: 2 });
    expect(rig.plane.adoptions).toMatchObject([{ evidence: 'exited' }]);
    expect(rig.plane.logOf('r1')).toMatch(/last\nended 2 null\n$/);
  });

  it('whose shim was killed alone ends without an exit code', async () => {
    const { engine } = await midPlan();
    process.kill(engine.shimPid, 'SIGKILL');
    await rig.touch('go');
    expect(await rig.outcomeOf('r1')).toMatchObject({ attempt: 1, result: 'failed', exit_code: null });
    expect(rig.plane.logOf('r1')).toMatch(/last\nended null null\n$/);
  });

  it('whose engine was killed alone ends with its signal, and nothing of it lives on', async () => {
    const { engine } = await midPlan('sleep 300 & wait');
    process.kill(engine.pid, 'SIGKILL');
    expect(await rig.outcomeOf('r1')).toMatchObject({ attempt: 1, result: 'failed', exit_code: 137 });
    await until(async () => (await rig.processes()).filter((line) => line.includes(' plan')).length === 0 || null);
  });

  it('whose shim and worker were killed is adopted until its process ends', async () => {
    const { worker, engine } = await midPlan();
    await kill(worker);
    process.kill(engine.shimPid, 'SIGKILL');
    await rig.work();
    await until(() => rig.plane.adoptions[0]);
    await rig.touch('go');
    expect(await rig.outcomeOf('r1')).toMatchObject({ attempt: 2, result: 'failed', exit_code: null });
  });

  it('whose shim, engine and worker were killed has vanished', async () => {
    const { worker, engine } = await midPlan();
    await kill(worker);
    process.kill(engine.shimPid, 'SIGKILL');
    process.kill(engine.pid, 'SIGKILL');
    await until(() => !isLiving(readProcess(engine.pid)) || null);
    await rig.work();
    expect(await rig.outcomeOf('r1')).toMatchObject({ attempt: 2, result: 'failed', exit_code: null });
    expect(rig.plane.adoptions).toMatchObject([{ evidence: 'vanished' }]);
  });

  it('that somebody else has got by now is left alone: its directory is kept, its plan ended', async () => {
    const { worker, engine } = await midPlan();
    await kill(worker);
    rig.plane.giveAway('r1');
    await rig.work();
    expect(await readdir(join(rig.root, 'runs', 'r1-1'))).toContain('fenced');
    expect(isLiving(readProcess(engine.pid))).toBe(false);
    expect(rig.plane.outcomes).toEqual([]);
  });
});

describe('a run directory', () => {
  const intent = { run: 'r1', attempt: 1, label: 'plan', binary: '/none', args: ['plan'], cwd: '/', at: 0 };

  async function leftBehind(prepare: (call: string) => Promise<void>) {
    rig = await WorkerRig.start('exit 0');
    rig.plane.queue('r1');
    const run = rig.plane.runs.get('r1');
    if (run) Object.assign(run, { attempt: 1, state: 'claimed' });
    await mkdir(join(rig.root, 'runs', 'r1-1'), { recursive: true });
    await prepare(rig.call('r1', 1));
    await rig.work();
    await until(() => rig.plane.outcomes.length === 2 || null);
    expect(rig.plane.adoptions).toMatchObject([{ run: 'r1', attempt: 1, evidence: 'never_started' }]);
    // Queued again by the first, and carried to its end by the second.
    expect(rig.plane.outcomes.map((outcome) => outcome.result)).toEqual(['never_started', 'planned']);
    expect(rig.plane.outcomes.map((outcome) => outcome.attempt)).toEqual([2, 3]);
  }

  it('without an intent is a run that never started', () => leftBehind(async () => {}));
  it('whose end is heard by nobody keeps no other waiting, nor the jobs', async () => {
    rig = await WorkerRig.start('exit 0');
    for (const id of ['r1', 'r2']) {
      rig.plane.queue(id);
      Object.assign(rig.plane.runs.get(id) ?? {}, { attempt: 1, state: 'claimed' });
      await mkdir(join(rig.root, 'runs', `${id}-1`), { recursive: true });
    }
    rig.plane.silentFor = 'r1';
    await rig.work();
    await until(() => rig.plane.outcomes.length === 2 || null);
    expect(rig.plane.outcomes.map(({ run, result }) => [run, result])).toEqual([
      ['r2', 'never_started'],
      ['r2', 'planned'],
    ]);
  });
  it('with an intent and no pid never started', () => leftBehind((call) => createCallDirectory(call, intent, false)));
  it('with an empty pid never started', () =>
    leftBehind(async (call) => {
      await createCallDirectory(call, intent, false);
      await writeFile(join(call, 'pid'), '');
    }));
  it('with a plan of another boot has vanished', async () => {
    rig = await WorkerRig.start('exit 0');
    rig.plane.queue('r1');
    const run = rig.plane.runs.get('r1');
    if (run) Object.assign(run, { attempt: 1, state: 'claimed' });
    await mkdir(join(rig.root, 'runs', 'r1-1'), { recursive: true });
    await createCallDirectory(rig.call('r1', 1), intent, false);
    await writeFile(join(rig.call('r1', 1), 'pid'), `other-boot ${process.pid} 1 ${process.pid}\n`);
    await rig.work();
    expect(await rig.outcomeOf('r1')).toMatchObject({ attempt: 2, result: 'failed', exit_code: null });
    expect(rig.plane.adoptions).toMatchObject([{ evidence: 'vanished' }]);
  });
});
