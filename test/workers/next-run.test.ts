import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { endOf, WorkerRig } from '../support/worker-rig.ts';

let rig: WorkerRig;
afterEach(() => rig.stop());

const UNTIL_GO = 'while [ ! -e $DIR/go ]; do sleep 0.02; done; echo $RUN >>$DIR/side; exit 0';
const notes = () => readdir(join(rig.root, 'claims'));
const asked = (run: string) => rig.plane.outcomes.filter((outcome) => outcome.run === run).map(({ next }) => next);

/** A worker with one slot, whose first plan runs, and these runs waiting behind it. */
async function busyWorker(...behind: string[]) {
  rig = await WorkerRig.start(UNTIL_GO);
  rig.plane.answersNext = 'runs';
  rig.plane.queue('r1');
  const worker = await rig.work({ concurrency: 1 });
  await rig.engineOf('r1');
  for (const run of behind) rig.plane.queue(run);
  return worker;
}

it('carries what its outcomes are answered with, in the same slot, without a further claim', async () => {
  await busyWorker('r2', 'r3');
  const claims = rig.plane.claims;
  await rig.touch('go');
  await rig.outcomeOf('r3');
  expect(rig.plane.claims).toBe(claims);
  expect(await rig.read('side')).toBe('r1\nr2\nr3\n');
  expect(rig.plane.outcomes.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
  await until(() => rig.plane.claims > claims || null);
  const ids = rig.plane.outcomes.map(({ next }) => next?.claim_id ?? '');
  expect(new Set(ids).size).toBe(3);
  for (const id of ids) expect(await notes()).not.toContain(id);
  expect(rig.plane.unbegun).toEqual([]);
});

it('an answer that was lost is asked for again with the same claim, and brings the same run', async () => {
  await busyWorker('r2', 'r3');
  rig.plane.losesOutcomeAnswers = 1;
  await rig.touch('go');
  await rig.outcomeOf('r3');
  expect(await rig.read('side')).toBe('r1\nr2\nr3\n');
  const [first, second] = asked('r1');
  expect(first?.claim_id).toBeDefined();
  expect(second).toEqual(first);
  expect(rig.plane.unbegun).toEqual([]);
});

it('killed before it began what an outcome was answered with, its next life gives that back', async () => {
  const worker = await busyWorker('r2');
  rig.plane.keepsClaims = true;
  await rig.touch('go');
  await until(() => rig.plane.runs.get('r2')?.state === 'claimed' || null);
  const id = asked('r1')[0]?.claim_id ?? '';
  expect(await notes()).toContain(id);
  worker.kill('SIGKILL');
  await endOf(worker);
  rig.plane.keepsClaims = false;
  await rig.work({ concurrency: 1 });
  expect(rig.plane.unbegun).toContain(id);
  expect(await notes()).not.toContain(id);
  expect(await rig.read('side')).toBe('r1\n');
});

it('a worker that drains asks for nothing', async () => {
  const worker = await busyWorker('r2');
  rig.plane.hello = { ...rig.plane.hello, drain_ms: 30_000 };
  worker.kill('SIGTERM');
  await until(() => rig.stderr.includes('worker drains') || null);
  await rig.touch('go');
  await endOf(worker);
  expect(rig.plane.runs.get('r2')?.state).toBe('queued');
  expect(asked('r1').every((next) => next === undefined)).toBe(true);
});

it('goes on by claims where the control plane says nothing of its wish, and gives that back', async () => {
  await busyWorker('r2');
  rig.plane.answersNext = 'nothing';
  await rig.touch('go');
  await rig.outcomeOf('r2');
  const id = asked('r1')[0]?.claim_id ?? '';
  await until(() => rig.plane.unbegun.includes(id) || null);
  await until(async () => !(await notes()).includes(id) || null);
  expect(await rig.read('side')).toBe('r1\nr2\n');
});

it('is fenced with an outcome: what it asked for is given back, and its slot goes on', async () => {
  await busyWorker();
  rig.plane.giveAway('r1');
  await rig.touch('go');
  rig.plane.queue('r2');
  await rig.outcomeOf('r2');
  expect(rig.plane.outcomes.map(({ run }) => run)).toEqual(['r2']);
  for (const id of rig.plane.unbegun) expect(await notes()).not.toContain(id);
});
