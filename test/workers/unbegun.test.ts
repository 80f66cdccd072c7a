import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { endOf, WorkerRig } from '../support/worker-rig.ts';

let rig: WorkerRig;
afterEach(() => rig.stop());

const notes = () => readdir(join(rig.root, 'claims'));

it('a claim whose answer never came is given back by the next life, before it claims anything', async () => {
  rig = await WorkerRig.start('exit 2');
  rig.plane.queue('r1');
  rig.plane.keepsClaims = true;
  const worker = await rig.work();
  await until(() => rig.plane.runs.get('r1')?.state === 'claimed' || null);
  worker.kill('SIGKILL');
  await endOf(worker);
  const asked = await notes();
  expect(asked.length).toBeGreaterThan(0);
  rig.plane.keepsClaims = false;
  await rig.work();
  expect(rig.plane.unbegun.toSorted()).toEqual(asked.toSorted());
  rig.plane.queue('r2');
  await rig.outcomeOf('r2');
  for (const id of asked) expect(await notes()).not.toContain(id);
});

it('what runs has no note, and a note of an earlier boot proves nothing', async () => {
  rig = await WorkerRig.start('while [ ! -e $DIR/go ]; do sleep 0.02; done; exit 2');
  await mkdir(join(rig.root, 'claims'), { recursive: true });
  await writeFile(join(rig.root, 'claims', 'of-another-boot'), 'another boot');
  rig.plane.queue('r1');
  const worker = await rig.work({ concurrency: 1 });
  await rig.engineOf('r1');
  worker.kill('SIGKILL');
  await endOf(worker);
  await rig.work({ concurrency: 1 });
  await rig.touch('go');
  expect(await rig.outcomeOf('r1')).toMatchObject({ attempt: 2, result: 'planned' });
  expect(rig.plane.unbegun).not.toContain('of-another-boot');
  expect(rig.plane.adoptions).toHaveLength(1);
});

it('a worker that waits for a root which a dying one still holds tells of nothing until it has it', async () => {
  rig = await WorkerRig.start('exit 2');
  rig.plane.queue('r1');
  rig.plane.keepsClaims = true;
  const first = await rig.work();
  await until(() => rig.plane.runs.get('r1')?.state === 'claimed' || null);
  first.kill('SIGSTOP');
  const second = rig.spawn();
  await until(() => rig.stderr.includes('waiting for the worker that still holds the root') || null);
  expect([rig.plane.hellos.length, rig.plane.unbegun.length]).toEqual([1, 0]);
  rig.plane.keepsClaims = false;
  first.kill('SIGKILL');
  await until(() => rig.plane.unbegun.length > 0 || null);
  expect(rig.plane.hellos).toHaveLength(2);
  expect(second.exitCode).toBeNull();
});
