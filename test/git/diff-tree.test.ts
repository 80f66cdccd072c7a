import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { CatFile } from '../../src/platform/git/cat-file.ts';
import { DiffTree, type DiffTreeOptions } from '../../src/platform/git/diff-tree.ts';
import type { TreeChange } from '../../src/platform/git/git-objects.ts';
import { IdleProcesses } from '../../src/platform/git/idle-processes.ts';
import { TreeWalker } from '../../src/platform/git/tree-walker.ts';
import { makeRepository, makeTempDir, type TestRepository } from '../support/git-repository.ts';

let temp: ReturnType<typeof makeTempDir>;
let repo: TestRepository;
let cat: CatFile;
let differ: DiffTree;
let base: Omit<DiffTreeOptions, 'dir'>;

beforeAll(() => {
  temp = makeTempDir('hf-differ-');
  repo = makeRepository(join(temp.dir, 'r'));
  base = { tool: { binary: 'git', hostEnv: { PATH: process.env.PATH }, home: temp.dir }, clock: systemClock };
  cat = new CatFile({ ...base, dir: repo.dir, mode: 'batch' });
  differ = new DiffTree({ ...base, dir: repo.dir });
});
afterAll(async () => {
  await Promise.all([cat.close(), differ.close()]);
  temp.remove();
});

const order = (changes: TreeChange[]) => changes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));

async function walk(before: string, after: string): Promise<TreeChange[]> {
  const [from, to] = await Promise.all([before, after].map((commit) => cat.ask(`${commit}^{tree}`)));
  return new TreeWalker(cat).compare(from?.sha ?? '', to?.sha ?? '');
}

/** Names that take each other's place as file and directory, and that no line of text could hold. */
const paths = fc.constantFrom(
  ...['a', 'a/b', 'a/b/c', 'a.b', 'a-b/c', 'x', 'x/y', 'X/y', '-r', '--stdin/x', ':0 x', 'end\n', 'end\n/end\n'],
  ...['q"uo\\te', 'tab\t', 'cr\r\n', 'n\u0303/f', '\u00f1/f', '\ufeffbom', ' lead', '100644 M'],
);
const content = fc.constantFrom('1', '2', 'crlf\r\n', null, 'link:a', 'link:b', 'exec', 'module:1', 'module:2');

const files = new Map<string, string>();

function commitEdits(edits: readonly (readonly [string, string | null])[]): string {
  for (const [path, text] of edits) {
    const isInTheWay = (other: string) =>
      other === path || other.startsWith(`${path}/`) || path.startsWith(`${other}/`);
    for (const other of [...files.keys()].filter(isInTheWay)) files.delete(other);
    if (text !== null) files.set(path, text);
  }
  const who = 'Ada <ada@example.com> 1700000000 +0000';
  const lines = ['commit refs/heads/main', `committer ${who}`, 'data 1', 'x', 'deleteall'];
  for (const [path, text] of files) {
    const mode = text === 'exec' ? '100755' : text.startsWith('link:') ? '120000' : '100644';
    if (text.startsWith('module:')) lines.push(`M 160000 ${text.slice(-1).repeat(40)} ${JSON.stringify(path)}`);
    else lines.push(`M ${mode} inline ${JSON.stringify(path)}`, `data ${Buffer.byteLength(text)}`, text);
  }
  execFileSync('git', ['fast-import', '--quiet', '--force'], { cwd: repo.dir, input: `${lines.join('\n')}\n` });
  return repo.git('rev-parse', 'refs/heads/main').trim();
}

test('it says the same as a walk of the trees, byte for byte, for any history and either way round', async () => {
  let last = commitEdits([['first', '1']]);
  const edits = fc.array(fc.tuple(paths, content), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(edits, async (some) => {
      const head = commitEdits(some);
      const [there, back, none] = await Promise.all([
        differ.ask(last, head),
        differ.ask(head, last),
        differ.ask(head, head),
      ]);
      expect(order(there)).toEqual(order(await walk(last, head)));
      expect(order(back)).toEqual(order(await walk(head, last)));
      expect(none).toEqual([]);
      last = head;
    }),
    { numRuns: 40 },
  );
}, 120_000);

test('a merge is compared with the base that was asked for, not with its parents', async () => {
  const [a, b] = [commitEdits([['m/a', '1']]), commitEdits([['m/b', '1']])];
  const tree = repo.git('rev-parse', `${b}^{tree}`).trim();
  const merge = repo.git('commit-tree', tree, '-p', b, '-p', a, '-m', 'merge').trim();
  expect((await differ.ask(a, merge)).map(({ path }) => path)).toEqual(['m/b']);
  expect(await differ.ask(b, merge)).toEqual([]);
});

test('for what is not there it has no answer, and goes on answering', async () => {
  const [one, two] = [commitEdits([['v', '1']]), commitEdits([['v', '2']])];
  const gone = '3'.repeat(40);
  const blob = repo.git('rev-parse', `${one}:v`).trim();
  const tree = repo.git('rev-parse', `${one}^{tree}`).trim();
  for (const [from, to] of [
    ...[
      [one, gone],
      [gone, two],
      [one, blob],
      [blob, two],
    ],
    ...[
      [tree, two],
      [one, tree],
    ],
  ] as const) {
    await expect(differ.ask(from, to)).rejects.toThrow(/git diff-tree in .* (ended|gave no answer)/);
    expect((await differ.ask(one, two)).map(({ path }) => path)).toEqual(['v']);
  }
});

test('a tree that was lost below the root is no answer either', async () => {
  const lossy = makeRepository(join(temp.dir, 'lossy'));
  const [one, two] = [lossy.commit({ 'd/a': '1', b: '1' }), lossy.commit({ 'd/a': '2' })];
  const tree = lossy.git('rev-parse', `${two}:d`).trim();
  execFileSync('rm', [join(lossy.dir, '.git', 'objects', tree.slice(0, 2), tree.slice(2))]);
  const cut = new DiffTree({ ...base, dir: lossy.dir });
  await expect(cut.ask(one, two)).rejects.toThrow(/ended/);
  await cut.close();
});

test('an answer beyond the bound is refused, and the process with it', async () => {
  const small = new DiffTree({ ...base, dir: repo.dir, maxBytes: 2000 });
  const before = commitEdits([['w', '1']]);
  const many = commitEdits(Array.from({ length: 100 }, (_, i) => [`wide/${i}`, '1']));
  await expect(small.ask(before, many)).rejects.toThrow('said too much');
  expect(small.isWarm).toBe(false);
  expect(await small.ask(many, many)).toEqual([]);
  await small.close();
  await expect(small.ask(before, many)).rejects.toThrow('takes no questions');
});

test('it waits among the other idle processes: beyond their bound it ends, and starts again when it is asked', async () => {
  const idle = new IdleProcesses(1);
  const [first, second] = [0, 1].map(() => new DiffTree({ ...base, dir: repo.dir, idle }));
  const head = commitEdits([['idle', '1']]);
  await first?.ask(head, head);
  expect(first?.isWarm).toBe(true);
  await second?.ask(head, head);
  expect([first?.isWarm, second?.isWarm]).toEqual([false, true]);
  expect(await first?.ask(head, head)).toEqual([]);
  await Promise.all([first?.close(), second?.close()]);
});
