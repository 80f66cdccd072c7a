import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import type { GitObjects } from '../../src/platform/git/git-objects.ts';
import { openGitObjects } from '../../src/platform/git/local-objects.ts';
import { makeRepository, makeTempDir, type TestRepository } from '../support/git-repository.ts';

let temp: ReturnType<typeof makeTempDir>;
let repo: TestRepository;
let objects: GitObjects;

beforeAll(() => {
  temp = makeTempDir('hf-walk-');
  repo = makeRepository(join(temp.dir, 'r'));
  const tool = { binary: 'git', hostEnv: { PATH: process.env.PATH }, home: temp.dir };
  objects = openGitObjects({ tool, dir: repo.dir, clock: systemClock });
});
afterAll(async () => {
  await objects.close();
  temp.remove();
});

const gitLines = (...args: string[]) =>
  execFileSync('git', args, { cwd: repo.dir, encoding: 'utf8' })
    .split('\0')
    .filter((line) => line !== '');

/** Paths that make files and directories take each other's place, and sort oddly. */
const paths = fc.constantFrom(
  'a',
  'a/b',
  'a/b/c',
  'a.b',
  'a-b/c',
  'x/y',
  'x/z',
  'x',
  'ü ö',
  'same1/f',
  'same2/f',
  'new\nline/f',
);
const content = fc.constantFrom(
  '1',
  '2',
  'a long text that is alike in many files, so that git finds renames\n',
  null,
  'link:a',
  'exec',
);
const change = fc.array(fc.tuple(paths, content), { minLength: 1, maxLength: 6 });

const files = new Map<string, string>();

/** Commits the files as they are after the edits, straight into the object store: no working copy, no links to fall over. */
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
    lines.push(`M ${mode} inline ${JSON.stringify(path)}`, `data ${Buffer.byteLength(text)}`, text);
  }
  execFileSync('git', ['fast-import', '--quiet', '--force'], { cwd: repo.dir, input: `${lines.join('\n')}\n` });
  return repo.git('rev-parse', 'refs/heads/main').trim();
}

test('listings and differences are exactly what git itself says, for any history', async () => {
  let base = commitEdits([['first', '1']]);
  await fc.assert(
    fc.asyncProperty(change, async (edits) => {
      const head = commitEdits(edits);
      const listed = gitLines('ls-tree', '-r', '-z', head).map((line) => line.split('\t').slice(1).join('\t'));
      expect((await objects.listTree(head)).map((entry) => entry.path)).toEqual(listed);
      const said = gitLines('diff-tree', '-r', '-z', '-M', '--name-status', base, head).filter(
        (part) => !/^[AMDT]$|^R\d{3}$/.test(part),
      );
      const found = (await objects.diff(base, head)).flatMap((file) =>
        [file.previousPath, file.path].filter((path) => path !== null),
      );
      expect(found.sort()).toEqual(said.sort());
      base = head;
    }),
    { numRuns: 40 },
  );
}, 120_000);

test('a directory is listed with its paths, whatever its name', async () => {
  const head = commitEdits(['d/e/f', 'd/g', 'new\nline/f'].map((path) => [path, 'x']));
  expect((await objects.listTree(head, 'd')).map((entry) => entry.path)).toEqual(['d/e/f', 'd/g']);
  expect((await objects.listTree(head, 'new\nline')).map((entry) => entry.path)).toEqual(['new\nline/f']);
  expect(await objects.listTree(head, 'd/g')).toEqual([]);
});

test('a commit from a shallow or foreign clone that is not there is said to have vanished', async () => {
  await expect(objects.listTree('3'.repeat(40))).rejects.toMatchObject({ code: 'gone' });
  await expect(objects.diff('3'.repeat(40), repo.head())).rejects.toMatchObject({ code: 'gone' });
});

test("another user's checkout, a subdirectory of it, and the working copy's own configuration do not matter", async () => {
  repo.git('config', 'core.fsmonitor', 'touch canary');
  repo.git('config', 'diff.external', 'touch canary');
  const tool = { binary: 'git', hostEnv: { PATH: process.env.PATH }, home: temp.dir };
  mkdirSync(join(repo.dir, 'sub'));
  const inside = openGitObjects({ tool, dir: join(repo.dir, 'sub'), clock: systemClock });
  expect(await inside.resolve('HEAD')).toBe(repo.head());
  expect((await inside.listTree(repo.head())).length).toBeGreaterThan(0);
  await inside.close();
});

test('a folder that is no repository, or is not there, is said to be none', async () => {
  const tool = { binary: 'git', hostEnv: { PATH: process.env.PATH }, home: temp.dir };
  for (const dir of [temp.dir, join(temp.dir, 'nowhere')]) {
    const none = openGitObjects({ tool, dir, clock: systemClock });
    await expect(none.resolve('HEAD')).rejects.toThrow(`${dir} is not in a git repository`);
    await none.close();
  }
});
