import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StackMover } from '../../src/features/stacks/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { makeChangeLab } from '../support/change-lab.ts';

const DIRS = ['a', 'b', 'c', 'd'];
const dir = fc.constantFrom(...DIRS);
/** What happens between and in pushes, to the repository and behind its back. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('edit' as const), dir, calls: fc.boolean() }),
  fc.record({ kind: fc.constant('delete' as const), dir }),
  fc.record({ kind: fc.constant('rename' as const), dir, to: dir }),
  fc.record({ kind: fc.constant('module' as const), dir }),
  fc.record({ kind: fc.constant('name' as const), dir, to: fc.constantFrom('', 'x', 'y', 'a') }),
  fc.record({ kind: fc.constant('needs' as const), dir, to: dir }),
  fc.record({ kind: fc.constant('applied' as const), dir }),
  fc.record({ kind: fc.constant('move' as const), dir, to: fc.constantFrom('x', 'y', ...DIRS) }),
  fc.record({ kind: fc.constant('release' as const), dir }),
  fc.record({ kind: fc.constant('elsewhere' as const), dir }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
type Lab = Awaited<ReturnType<typeof makeChangeLab>>;

async function play(lab: Lab, steps: readonly Step[], forgets: boolean): Promise<unknown[]> {
  const files = new Map<string, string>();
  const settings = new Map<string, string>();
  const mover = new StackMover({ db: lab.db, clock: systemClock, nameFault: () => null });
  const seen: unknown[] = [];
  let version = 0;
  const take = (from: string, to: string) => {
    for (const [path, text] of [...files].filter(([path]) => path.startsWith(`${from}/`))) {
      files.delete(path);
      files.set(`${to}${path.slice(from.length)}`, text);
    }
  };
  for (const one of [{ kind: 'edit', dir: 'a', calls: true } as const, ...steps]) {
    version += 1;
    if (one.kind === 'edit') {
      const call = one.calls ? 'module "m" {\n  source = "../modules/m"\n}\n' : '';
      files.set(`${one.dir}/main.tf`, `${call}locals {\n  v = ${version}\n}\n`);
    }
    if (one.kind === 'delete')
      for (const path of [...files.keys()]) if (path.startsWith(`${one.dir}/`)) files.delete(path);
    if (one.kind === 'rename' && one.to !== one.dir) take(one.dir, one.to);
    if (one.kind === 'module') files.set('modules/m/main.tf', `locals {\n  v = ${version}\n}\n`);
    if (one.kind === 'name') settings.set(one.dir, one.to === '' ? '' : `, name: ${one.to}`);
    if (one.kind === 'needs') settings.set(one.dir, `, depends_on: [${one.to}]`);
    if (one.kind === 'applied') {
      const end = { status: 'applied', end: 'applied', finished_at: 1 } as const;
      await lab.db.updateTable('runs').set(end).where('stack', '=', one.dir).execute();
      await lab.db.updateTable('stacks').set({ applied_commit: 'x' }).where('name', '=', one.dir).execute();
    }
    if (one.kind === 'move') await mover.move(one.dir, one.to, 'token:ana').catch(() => {});
    if (one.kind === 'release') await lab.deletions.release('token:ana');
    const yaml = [...settings].map(([at, text]) => `  - {dir: ${at}${text}}\n`).join('');
    const all = { 'README.md': `${version}`, 'holdfast.yaml': `version: 1\nstacks:\n${yaml === '' ? '  []\n' : yaml}` };
    const tracked = lab.repo
      .git('ls-files', '-z')
      .split('\0')
      .filter((path) => path !== '' && !files.has(path));
    const gone = Object.fromEntries(tracked.filter((path) => !(path in all)).map((path) => [path, null]));
    const commit = lab.repo.commit({ ...gone, ...Object.fromEntries(files), ...all });
    if (forgets) lab.restart();
    // Another repository with stacks of the same names takes those that are free.
    const over = one.kind === 'elsewhere' ? { repository: 'other' } : {};
    seen.push(await lab.push(commit, over).catch((error: Error) => error.message.replaceAll(/[0-9a-f]{12,}/g, '#')));
    seen.push(await rowsOf(lab));
  }
  return seen;
}

/** What the database says, but for times and ids. */
async function rowsOf({ db }: Lab) {
  const stacks = await db.selectFrom('stacks').selectAll().orderBy('name').execute();
  const runs = await db.selectFrom('runs').select(['stack', 'status', 'kind', 'reasons']).orderBy('id').execute();
  const needs = await db.selectFrom('dependencies').selectAll().orderBy('stack').orderBy('needs').execute();
  const repositories = await db.selectFrom('repositories').select(['name', 'config_error']).orderBy('name').execute();
  return {
    stacks: stacks.map(({ deletion, deleted_at: deleted, retired_at: retired, ...row }) => ({
      ...{ name: row.name, repository: row.repository, dir: row.dir, held: row.held, digest: row.inputs_digest },
      ...{ entry: row.entry, deletion: deletion !== null, deleted: deleted !== null, retired: retired !== null },
    })),
    runs: runs.map((run) => JSON.stringify(run).replaceAll(/[0-9a-f]{12,}/g, '#')).sort(),
    needs,
    repositories,
  };
}

test('a head that is compared with rows of what differs leaves the same as one that reads every row', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 10 }), async (steps) => {
      const labs = await Promise.all([makeChangeLab(), makeChangeLab()]);
      try {
        const [kept, forgot] = await Promise.all([play(labs[0], steps, false), play(labs[1], steps, true)]);
        expect(kept).toEqual(forgot);
      } finally {
        await Promise.all(labs.map((lab) => lab.close()));
      }
    }),
    { numRuns: 6 },
  );
}, 240_000);
