import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HEADER_BYTES } from '../../src/platform/crypto/record-header.ts';
import type { ArtifactTable, RunTable } from '../../src/platform/db/schema.ts';
import { ApplyActor } from './apply-actor.ts';
import type { ControlPlane } from './apply-fixtures.ts';

/** Two plans of two stacks that wait for approval; the first one is tampered with. */
export interface TwoPlans {
  readonly plane: ControlPlane;
  readonly actor: ApplyActor;
  readonly mine: RunTable;
  /** Its sealed file. */
  readonly file: string;
  readonly other: RunTable;
  readonly otherRow: ArtifactTable;
  readonly otherFile: string;
}

/** Changes what was approved, or what it is known by, as somebody could who writes to the disk or the database. */
export type Mutation = (plans: TwoPlans) => Promise<unknown> | unknown;

/** Plans `net` and `dns`. */
export async function makeTwoPlans(plane: ControlPlane): Promise<TwoPlans> {
  const actor = new ApplyActor(plane);
  await actor.push('net', '1');
  const mine = await actor.plan();
  await actor.push('dns', '1');
  const other = await actor.plan();
  const rowOf = (run: string) =>
    plane.db.selectFrom('artifacts').selectAll().where('run', '=', run).executeTakeFirstOrThrow();
  const fileOf = ({ path }: ArtifactTable) => join(plane.dir, 'artifacts', path);
  const otherRow = await rowOf(other.id);
  return { plane, actor, mine, other, file: fileOf(await rowOf(mine.id)), otherRow, otherFile: fileOf(otherRow) };
}

/** What a worker would get to apply; throws where somebody refused on the way. */
export async function bytesToApply({ plane, actor, mine }: TwoPlans): Promise<string> {
  const job = await actor.claim('apply');
  if (job?.run !== mine.id) throw new Error('it is not given out');
  const { bytes } = await plane.files.hand({ run: mine.id, attempt: job.attempt }, 'plan');
  return Buffer.concat(await bytes.toArray()).toString();
}

/** Tampers with the plan before or after it is approved, and asks for it; answers why it is refused, or null where it is not. */
export async function tamper(plans: TwoPlans, mutate: Mutation, when: 'before' | 'after'): Promise<string | null> {
  const { plane, mine } = plans;
  const approve = () => plane.decisions.approvals.approve(mine.id, mine.plan_digest, 'token:ana');
  try {
    if (when === 'before') await mutate(plans);
    await approve();
    if (when === 'after') await mutate(plans);
    await bytesToApply(plans);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Turns one bit of the sealed file, so far into it. */
export function flip(part: number): Mutation {
  return ({ file }) => {
    const bytes = readFileSync(file);
    const at = Math.min(bytes.length - 1, Math.floor(bytes.length * part));
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
  };
}

/** The file, put together of its own bytes and those of the other stack's. */
const rewrite =
  (make: (mine: Buffer, other: Buffer) => Buffer): Mutation =>
  ({ file, otherFile }) =>
    writeFileSync(file, make(readFileSync(file), readFileSync(otherFile)));

const setRow =
  (change: (plans: TwoPlans) => Partial<ArtifactTable>): Mutation =>
  (plans) =>
    plans.plane.db.updateTable('artifacts').set(change(plans)).where('run', '=', plans.mine.id).execute();

const setRun =
  (change: (plans: TwoPlans) => Partial<RunTable>): Mutation =>
  (plans) =>
    plans.plane.db.updateTable('runs').set(change(plans)).where('id', '=', plans.mine.id).execute();

const both =
  (first: Mutation, second: Mutation): Mutation =>
  async (plans) => {
    await first(plans);
    await second(plans);
  };

/** The other stack's run is out of the way, so that its place may be taken. */
const endOther: Mutation = ({ plane, other }) =>
  plane.db.updateTable('runs').set({ status: 'canceled', finished_at: 1 }).where('id', '=', other.id).execute();

const halves = (first: Buffer, second: Buffer) =>
  Buffer.concat([first.subarray(0, first.length / 2), second.subarray(second.length / 2)]);
const wholeRow = ({ otherRow: { path, digest, size } }: TwoPlans) => ({ path, digest, size });

export const PLAN_MUTATIONS: readonly (readonly [name: string, mutate: Mutation])[] = [
  ...[0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].map(
    (part) => [`one bit of the file, at ${part * 100} %`, flip(part)] as const,
  ),
  ['the file, cut to nothing', ({ file }) => truncateSync(file, 0)],
  ['the file, cut to its header', ({ file }) => truncateSync(file, HEADER_BYTES)],
  ['the file, cut short', ({ file }) => truncateSync(file, readFileSync(file).length - 1)],
  ['the file, longer', ({ file }) => appendFileSync(file, 'x')],
  ['the file, twice', rewrite((mine) => Buffer.concat([mine, mine]))],
  ['the file, gone', ({ file }) => rmSync(file)],
  ['the file, zeros', rewrite((mine) => Buffer.alloc(mine.length))],
  ['the file in clear', ({ file, mine }) => writeFileSync(file, `plan of ${mine.id}`)],
  ['the file of another stack in its place', rewrite((_mine, other) => other)],
  [
    'under the header of another file',
    rewrite((mine, other) => Buffer.concat([other.subarray(0, HEADER_BYTES), mine.subarray(HEADER_BYTES)])),
  ],
  [
    'another file under its header',
    rewrite((mine, other) => Buffer.concat([mine.subarray(0, HEADER_BYTES), other.subarray(HEADER_BYTES)])),
  ],
  ['half of it, and half of another file', rewrite(halves)],
  ['the row naming the file of another stack', setRow(({ otherRow: { path } }) => ({ path }))],
  ['the row with the digest of another plan', setRow(({ otherRow: { digest } }) => ({ digest }))],
  ['the row of another stack, whole', setRow(wholeRow)],
  ['the row, expired', setRow(() => ({ expires_at: 1 }))],
  ['the row of another kind', setRow(() => ({ kind: 'workdir' }))],
  ['the row, gone', ({ plane, mine }) => plane.db.deleteFrom('artifacts').where('run', '=', mine.id).execute()],
  [
    'the run naming another stack’s plan, with its row',
    both(
      setRow(wholeRow),
      setRun(({ other }) => ({ plan_digest: other.plan_digest })),
    ),
  ],
  ['the run with another digest', setRun(({ other }) => ({ plan_digest: other.plan_digest }))],
  ['the run of other files', setRun(() => ({ tree_digest: 'e'.repeat(64) }))],
  ['the run of no files', setRun(() => ({ tree_digest: null }))],
  ['the run at another commit', setRun(() => ({ commit_sha: 'b'.repeat(40) }))],
  ['the run of other inputs', setRun(() => ({ inputs_digest: 'other' }))],
  ['the run against another state', setRun(() => ({ plan_state: '{"serial":1,"lineage":"x"}' }))],
  ['the run of another version of the engine', setRun(() => ({ engine_version: '1.12.0' }))],
  ['the run of no version of the engine', setRun(() => ({ engine_version: null }))],
  ['the run of a spec that is not stored', setRun(() => ({ spec_digest: 'none' }))],
  ['the run of another stack’s spec', setRun(({ other }) => ({ spec_digest: other.spec_digest }))],
  ['the run as a destroy', setRun(() => ({ kind: 'destroy' }))],
  [
    'the run as one of another stack',
    both(
      endOther,
      setRun(() => ({ stack: 'dns' })),
    ),
  ],
];
