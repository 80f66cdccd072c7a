import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ArtifactTable, RunTable } from '../../src/platform/db/schema.ts';
import { ApplyActor } from '../support/apply-actor.ts';
import { type ControlPlane, openControlPlane } from '../support/apply-fixtures.ts';

let plane: ControlPlane;
let actor: ApplyActor;

beforeEach(async () => {
  plane = await openControlPlane();
  actor = new ApplyActor(plane);
});
afterEach(() => plane.close());

interface Plans {
  readonly mine: RunTable;
  readonly file: string;
  readonly row: ArtifactTable;
  readonly other: RunTable;
  readonly otherRow: ArtifactTable;
}
type Mutation = (plans: Plans) => Promise<unknown> | unknown;

const rowOf = (run: string) =>
  plane.db.selectFrom('artifacts').selectAll().where('run', '=', run).executeTakeFirstOrThrow();
const setRow = (run: string, change: Partial<ArtifactTable>) =>
  plane.db.updateTable('artifacts').set(change).where('run', '=', run).execute();
const setRun = (run: string, change: Partial<RunTable>) =>
  plane.db.updateTable('runs').set(change).where('id', '=', run).execute();

/** Turns one bit of the sealed file, so far into it. */
function flip(part: number): Mutation {
  return ({ file }) => {
    const bytes = readFileSync(file);
    const at = Math.min(bytes.length - 1, Math.floor(bytes.length * part));
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
  };
}

const MUTATIONS: [name: string, mutate: Mutation][] = [
  ...[0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].map((part): [string, Mutation] => [
    `one bit of the file, at ${part * 100} %`,
    flip(part),
  ]),
  ['the file, cut to nothing', ({ file }) => truncateSync(file, 0)],
  ['the file, cut short', ({ file }) => truncateSync(file, readFileSync(file).length - 1)],
  ['the file, longer', ({ file }) => appendFileSync(file, 'x')],
  [
    'the file of another stack in its place',
    ({ file, otherRow }) => writeFileSync(file, readFileSync(fileOf(otherRow))),
  ],
  ['the row naming the file of another stack', ({ mine, otherRow }) => setRow(mine.id, { path: otherRow.path })],
  ['the row with the digest of another plan', ({ mine, otherRow }) => setRow(mine.id, { digest: otherRow.digest })],
  ['the row of another stack, whole', ({ mine, otherRow: { path, digest } }) => setRow(mine.id, { path, digest })],
  [
    'the run naming another stack’s plan, with its row',
    async ({ mine, other, otherRow: { path, digest } }) => {
      await setRow(mine.id, { path, digest });
      await setRun(mine.id, { plan_digest: other.plan_digest });
    },
  ],
  ['the run with another digest', ({ mine, other }) => setRun(mine.id, { plan_digest: other.plan_digest })],
  ['the run at another commit', ({ mine }) => setRun(mine.id, { commit_sha: 'b'.repeat(40) })],
  ['the run of other inputs', ({ mine }) => setRun(mine.id, { inputs_digest: 'other' })],
  ['the run against another state', ({ mine }) => setRun(mine.id, { plan_state: '{"serial":1,"lineage":"x"}' })],
  ['the run of another repository’s spec', ({ mine }) => setRun(mine.id, { spec_digest: 'none' })],
];

const fileOf = ({ path }: ArtifactTable) => join(plane.dir, 'artifacts', path);

async function twoPlans(): Promise<Plans> {
  await actor.push('net', '1');
  const mine = await actor.plan();
  await actor.push('dns', '1');
  const other = await actor.plan();
  const [row, otherRow] = [await rowOf(mine.id), await rowOf(other.id)];
  return { mine, other, row, otherRow, file: fileOf(row) };
}

/** What a worker would get to apply; throws where somebody refused on the way. */
async function bytesFor(run: string): Promise<string> {
  const job = await actor.claim('apply');
  if (job?.run !== run) throw new Error('it is not given out');
  const { bytes } = await plane.files.hand({ run, attempt: job.attempt }, 'plan');
  return Buffer.concat(await bytes.toArray()).toString();
}

test('the plan that was approved is the one that is handed out', async () => {
  const { mine } = await twoPlans();
  await plane.decisions.approvals.approve(mine.id, mine.plan_digest, 'token:ana');
  expect(await bytesFor(mine.id)).toBe(`plan of ${mine.id}`);
});

test.each(MUTATIONS)('before the approval: %s', async (_name, mutate) => {
  const plans = await twoPlans();
  await mutate(plans);
  const { id, plan_digest } = plans.mine;
  const apply = async () => {
    await plane.decisions.approvals.approve(id, plan_digest, 'token:ana');
    return bytesFor(id);
  };
  await expect(apply()).rejects.toThrow();
});

test.each(MUTATIONS)('after the approval: %s', async (_name, mutate) => {
  const plans = await twoPlans();
  await plane.decisions.approvals.approve(plans.mine.id, plans.mine.plan_digest, 'token:ana');
  await mutate(plans);
  await expect(bytesFor(plans.mine.id)).rejects.toThrow();
});

test('damage is said so that nobody tries it again', async () => {
  const plans = await twoPlans();
  await plane.decisions.approvals.approve(plans.mine.id, plans.mine.plan_digest, 'token:ana');
  await flip(0.9)(plans);
  await expect(bytesFor(plans.mine.id)).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('is not what was received; nothing is applied'),
    treatment: { wayOut: 'plan again: holdfast plan net' },
  });
});

test('what a plan made in its working copy goes with that plan, not with an attempt that came to nothing', async () => {
  const about = { kind: 'workdir', stack: 'net', commit: 'a'.repeat(40), engine: 'terraform' };
  await actor.push('net', '1');
  const first = await actor.claim();
  await plane.artifacts.receive({ ...about, run: first?.run ?? '', attempt: 1 }, [Buffer.from('of the first')]);
  await plane.db.updateTable('runs').set({ status: 'queued', lease_until: null }).execute();
  const plan = await actor.plan();
  await actor.approve(plan.id);
  const job = await actor.claim('apply');
  const ref = { run: plan.id, attempt: job?.attempt ?? 0 };
  await expect(plane.files.hand(ref, 'workdir')).rejects.toMatchObject({ code: 'not_found' });
  await plane.artifacts.receive({ ...about, run: plan.id, attempt: 2 }, [Buffer.from('of the plan')]);
  const { bytes } = await plane.files.hand(ref, 'workdir');
  expect(Buffer.concat(await bytes.toArray()).toString()).toBe('of the plan');
});
