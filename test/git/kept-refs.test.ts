import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WatchedMirror } from '../../src/platform/git/mirror.ts';
import { makeRepository, makeTempDir, type TestRepository } from '../support/git-repository.ts';
import { type TestMirrors, useMirrors } from '../support/mirrors.ts';

let temp: ReturnType<typeof makeTempDir>;
let repo: TestRepository;
let mirrors: TestMirrors;

beforeEach(async () => {
  temp = makeTempDir('hf-refs-');
  repo = makeRepository(join(temp.dir, 'src'));
  // Tells of every git that is started.
  const git = join(temp.dir, 'git');
  writeFileSync(git, `#!/bin/sh\necho "$1" >> ${temp.dir}/started\nexec git "$@"\n`);
  chmodSync(git, 0o755);
  mirrors = await useMirrors(temp.dir, git);
});
afterEach(async () => {
  await mirrors.close();
  temp.remove();
});

const refs = (mirror: WatchedMirror) =>
  repo.git('-C', mirror.path, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/holdfast').trim().split('\n');
const started = () => readFileSync(join(temp.dir, 'started'), 'utf8').split('\n');

test('commits are kept without a process of git, git reads the refs, and packing them loses none', async () => {
  const first = repo.commit({ a: '1' });
  const second = repo.commit({ a: '2' });
  const mirror = await mirrors.open(repo.dir);
  await mirror.fetch();
  await mirror.keepBase(first);
  await Promise.all([mirror.keep(first), mirror.keep(second), mirror.keep(first)]);
  const kept = [`refs/holdfast/keep/${first} ${first}`, `refs/holdfast/keep/${second} ${second}`].sort();
  expect(refs(mirror)).toEqual([`refs/holdfast/base ${first}`, ...kept]);
  repo.git('-C', mirror.path, 'pack-refs', '--all', '--prune');
  await Promise.all([mirror.keepBase(second), mirror.keep(first)]);
  expect(refs(mirror)).toEqual([`refs/holdfast/base ${second}`, ...kept]);
  await mirror.release(first);
  expect(refs(mirror)).toHaveLength(2);
  expect(started().filter((name) => name === 'update-ref')).toHaveLength(1);
  const left = readdirSync(join(mirror.path, 'refs'), { recursive: true }).filter((name) =>
    `${name}`.endsWith('.lock'),
  );
  expect(left).toEqual([]);
});

test('where refs lie in tables, git writes them', async () => {
  const commit = repo.commit({ a: '1' });
  const mirror = await mirrors.open(repo.dir);
  await mirror.fetch();
  mkdirSync(join(mirror.path, 'reftable'));
  await mirror.keep(commit);
  expect(started()).toContain('update-ref');
  expect(refs(mirror)).toEqual([`refs/holdfast/keep/${commit} ${commit}`]);
});
