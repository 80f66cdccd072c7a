import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openGitObjects } from '../../src/platform/git/local-objects.ts';
import type { WatchedMirror } from '../../src/platform/git/mirror.ts';
import { makeRepository, makeTempDir, type TestRepository } from '../support/git-repository.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type TestMirrors, useMirrors } from '../support/mirrors.ts';

let temp: ReturnType<typeof makeTempDir>;
let repo: TestRepository;
let mirrors: TestMirrors;

beforeEach(async () => {
  temp = makeTempDir('hf-often-');
  repo = makeRepository(join(temp.dir, 'src'));
  mirrors = await useMirrors(temp.dir);
});
afterEach(async () => {
  await mirrors.close();
  temp.remove();
});

/** Command lines of the running children of this process that are git's diff-tree. */
function running(): number {
  const ps = execFileSync('ps', ['--ppid', String(process.pid), '-o', 'args='], { encoding: 'utf8' });
  return ps.split('\n').filter((line) => line.includes('diff-tree --stdin')).length;
}

async function compared(mirror: WatchedMirror, base: string, head: string): Promise<string[]> {
  return (await mirror.compare(base, head)).map(({ path }) => path);
}

test('a push now and then starts no process for it; pushes in a row do, and it ends with them', async () => {
  const commits = Array.from({ length: 5 }, (_, i) => repo.commit({ [`f${i}`]: 'x' }));
  const clock = new ManualClock();
  const tool = { binary: 'git', hostEnv: { PATH: process.env.PATH }, home: temp.dir };
  const objects = openGitObjects({ tool, dir: repo.dir, clock });
  const paths = async (i: number) =>
    (await objects.compare(commits[i] ?? '', commits[i + 1] ?? '')).map(({ path }) => path);
  expect(await paths(0)).toEqual(['f1']);
  clock.advance(60_000);
  expect(await paths(1)).toEqual(['f2']);
  expect(running()).toBe(0);
  expect(await paths(2)).toEqual(['f3']);
  expect(running()).toBe(1);
  expect(await paths(3)).toEqual(['f4']);
  expect(running()).toBe(1);
  await objects.close();
  expect(running()).toBe(0);
});

test('a process that was started before sees what was fetched, packed and force-pushed since', async () => {
  const first = repo.commit({ a: '1' });
  const mirror = await mirrors.open(repo.dir);
  await mirror.fetch();
  const second = repo.commit({ b: '1' });
  await mirror.fetch();
  expect(await compared(mirror, first, second)).toEqual(['b']);
  expect(await compared(mirror, second, first)).toEqual(['b']);
  expect(running()).toBe(1);
  const third = repo.commit({ c: '1' });
  await mirror.fetch();
  expect(await compared(mirror, second, third)).toEqual(['c']);
  expect(await compared(mirror, first, third)).toEqual(['b', 'c']);
  await mirror.maintain(1);
  const fourth = repo.commit({ 'd/e': '1' });
  await mirror.fetch();
  expect(await compared(mirror, third, fourth)).toEqual(['d/e']);
  await mirror.maintain(1);
  expect(await compared(mirror, first, fourth)).toEqual(['b', 'c', 'd/e']);
  // Unrelated history.
  repo.git('checkout', '-q', '--orphan', 'other');
  repo.git('branch', '-D', 'main');
  repo.git('checkout', '-q', '-b', 'main');
  const other = repo.commit({ a: null, z: '1' });
  await mirror.fetch();
  expect(await compared(mirror, fourth, other)).toEqual(['a', 'z']);
  expect(running()).toBe(1);
  await expect(mirror.compare(fourth, '4'.repeat(40))).rejects.toMatchObject({ code: 'gone' });
  await expect(mirror.compare('4'.repeat(40), other)).rejects.toMatchObject({ code: 'gone' });
  expect(await compared(mirror, other, fourth)).toEqual(['a', 'z']);
});

test('in a shallow clone a base that is not there is said to be gone, and what is there is compared', async () => {
  const [, second, third] = [repo.commit({ a: '1' }), repo.commit({ a: '2' }), repo.commit({ b: '1' })];
  const dir = join(temp.dir, 'shallow');
  execFileSync('git', ['clone', '-q', '--depth', '2', `file://${repo.dir}`, dir]);
  const tool = { binary: 'git', hostEnv: { PATH: process.env.PATH }, home: temp.dir };
  const objects = openGitObjects({ tool, dir, clock: new ManualClock() });
  const first = repo.git('rev-parse', 'HEAD~2').trim();
  for (let i = 0; i < 3; i++) {
    await expect(objects.compare(first, third)).rejects.toMatchObject({ code: 'gone' });
    expect((await objects.compare(second, third)).map(({ path }) => path)).toEqual(['b']);
    expect((await objects.compare(third, second)).map(({ path }) => path)).toEqual(['b']);
  }
  await objects.close();
});
