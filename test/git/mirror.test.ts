import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { parseRemote } from '../../src/platform/git/git-remote.ts';
import { openMirror, type WatchedMirror } from '../../src/platform/git/mirror.ts';
import { prepareGitHome } from '../../src/platform/git/remote-files.ts';
import { makeRepository, makeTempDir, type TestRepository } from '../support/git-repository.ts';

let temp: ReturnType<typeof makeTempDir>;
let repo: TestRepository;
let mirrors: WatchedMirror[];

beforeEach(async () => {
  temp = makeTempDir('hf-mirror-');
  repo = makeRepository(join(temp.dir, 'src'));
  mirrors = [];
  await prepareGitHome(join(temp.dir, 'home'));
});
afterEach(async () => {
  await Promise.all(mirrors.map((mirror) => mirror.close()));
  temp.remove();
});

async function open(url = repo.dir): Promise<WatchedMirror> {
  const mirror = await openMirror({
    tool: { binary: 'git', hostEnv: process.env, home: join(temp.dir, 'home') },
    dir: join(temp.dir, 'mirrors', 'm.git'),
    remote: parseRemote(url, null),
    clock: systemClock,
  });
  mirrors.push(mirror);
  return mirror;
}

test('a fetched mirror answers for heads, trees, blobs, commits and differences', async () => {
  const first = repo.commit({ 'a.tf': 'a', 'net/main.tf': 'resource', 'net/ü b.tf': 'x' }, 'first\n\nbody');
  const mirror = await open();
  expect(await mirror.remoteHead('main')).toBe(first);
  await mirror.fetch();
  expect(await mirror.localHead('main')).toBe(first);
  const tree = await mirror.listTree(first);
  expect(tree.map((entry) => entry.path)).toEqual(['a.tf', 'net/main.tf', 'net/ü b.tf']);
  expect((await mirror.listTree(first, 'net')).map((entry) => entry.path)).toEqual(['net/main.tf', 'net/ü b.tf']);
  expect(await mirror.listTree(first, 'nowhere')).toEqual([]);
  const shas = tree.map((entry) => entry.sha);
  const blobs = await mirror.readBlobs([...shas, '0'.repeat(40)], 4);
  expect([...blobs.values()].map(String).sort()).toEqual(['a', 'x']);
  expect(await mirror.commitInfo(first)).toMatchObject({
    author: 'Ada <ada@example.com>',
    subject: 'first',
    parents: [],
  });

  repo.git('mv', 'a.tf', 'b.tf');
  const second = repo.commit({ 'net/main.tf': null, 'new.tf': 'n' }, 'second');
  await mirror.fetch();
  expect(await mirror.diff(first, second)).toEqual([
    { status: 'renamed', path: 'b.tf', previousPath: 'a.tf' },
    { status: 'deleted', path: 'net/main.tf', previousPath: null },
    { status: 'added', path: 'new.tf', previousPath: null },
  ]);
  expect((await mirror.diff(null, first)).every((file) => file.status === 'added')).toBe(true);
  expect(await mirror.isAncestor(first, second)).toBe(true);
  expect(await mirror.isAncestor(second, first)).toBe(false);
  expect(await mirror.resolve('main')).toBe(second);
  expect(await mirror.resolve('nope')).toBeNull();
  expect(await mirror.resolve('--help')).toBeNull();
  expect(await mirror.resolve(`main\n${first}`)).toBeNull();
});

test('the archive holds what a plain clone checks out, export-ignore and export-subst included', async () => {
  const commit = repo.commit({
    '.gitattributes': 'secret.tf export-ignore\nsub.tf export-subst\n',
    'secret.tf': 's',
    'sub.tf': '$Format:%H$',
    'dir/x.tf': 'x',
  });
  const mirror = await open();
  await mirror.fetch();
  const whole = (await buffer(mirror.archive(commit, null))).toString('latin1');
  expect(whole).toContain('secret.tf');
  expect(whole).toContain('$Format:%H$');
  const part = (await buffer(mirror.archive(commit, ['dir']))).toString('latin1');
  expect(part).toContain('dir/x.tf');
  expect(part).not.toContain('sub.tf');
  await expect(buffer(mirror.archive('1'.repeat(40), null))).rejects.toThrow(/archive/);
});

test('a commit that was force-pushed away stays readable while it is kept, and is said to have vanished otherwise', async () => {
  const first = repo.commit({ a: '1' });
  const mirror = await open();
  await mirror.fetch();
  await mirror.keep(first);
  repo.git('commit', '--amend', '-q', '-m', 'other');
  const second = repo.head();
  await mirror.fetch();
  expect(await mirror.localHead('main')).toBe(second);
  expect((await mirror.commitInfo(first)).commit).toBe(first);
  await mirror.release(first);
  await mirror.release(first);
  await expect(mirror.keep('2'.repeat(40))).rejects.toThrow(/vanished/);
  await expect(mirror.commitInfo('2'.repeat(40))).rejects.toThrow(/vanished/);
  await expect(mirror.diff('2'.repeat(40), second)).rejects.toThrow(/vanished/);
});

test('hostile but legal branch names are followed like any other', async () => {
  const first = repo.commit({ a: '1' });
  const names = ['--upload-pack=touch', '-rf', 'a;b', "it's", '$(id)', 'ü/ñ', 'HEAD', 'main2', 'x&y|z'];
  for (const name of names) repo.git('update-ref', `refs/heads/${name}`, first);
  const mirror = await open();
  await mirror.fetch();
  for (const name of names) {
    expect(await mirror.remoteHead(name)).toBe(first);
    expect(await mirror.localHead(name)).toBe(first);
  }
  await expect(mirror.remoteHead('a..b')).rejects.toThrow(/not a branch name/);
  await expect(mirror.remoteHead('../../etc/passwd')).rejects.toThrow(/not a branch name/);
});

test('branches that vanish are pruned; tags and submodules are not followed', async () => {
  const first = repo.commit({ a: '1' });
  repo.git('branch', 'gone');
  repo.git('tag', 'v1');
  repo.git('update-index', '--add', '--cacheinfo', `160000,${first},sub`);
  repo.git('commit', '-q', '-m', 'sub');
  const mirror = await open();
  await mirror.fetch();
  expect(await mirror.localHead('gone')).toBe(first);
  expect(await mirror.resolve('v1')).toBeNull();
  expect((await mirror.listTree(repo.head())).find((entry) => entry.path === 'sub')?.mode).toBe('160000');
  repo.git('branch', '-D', 'gone');
  await mirror.fetch();
  expect(await mirror.localHead('gone')).toBeNull();
  expect(await mirror.remoteHead('gone')).toBeNull();
  expect(await mirror.remoteBranches()).toEqual(['main']);
});

test('an empty repository has no head and no branches', async () => {
  const mirror = await open();
  expect(await mirror.remoteHead('main')).toBeNull();
  expect(await mirror.remoteBranches()).toEqual([]);
});

test('packed refs and loose refs are both read without a process', async () => {
  const first = repo.commit({ a: '1' });
  repo.git('pack-refs', '--all');
  const mirror = await open();
  expect(await mirror.remoteHead('main')).toBe(first);
  const second = repo.commit({ a: '2' });
  expect(await mirror.remoteHead('main')).toBe(second);
});

test('a repository that is not there is named, with the way out', async () => {
  const mirror = await open(join(temp.dir, 'nowhere'));
  await expect(mirror.fetch()).rejects.toThrow(/nowhere has no such repository; check `url`/);
  await expect(mirror.remoteHead('main')).rejects.toMatchObject({ details: { git: 'not_found' } });
});

test('a mirror that was removed under a running instance is made again by the next fetch', async () => {
  const first = repo.commit({ a: '1' });
  const mirror = await open();
  await mirror.fetch();
  rmSync(mirror.path, { recursive: true });
  await mirror.fetch();
  expect(await mirror.localHead('main')).toBe(first);
  expect(readFileSync(join(mirror.path, 'info/attributes'), 'utf8')).toContain('-export-ignore');
});

test('the lock of a git that was killed is removed once it is old', async () => {
  repo.commit({ a: '1' });
  const mirror = await open();
  await mirror.fetch();
  const second = repo.commit({ a: '2' });
  const lock = join(mirror.path, 'refs/heads/main.lock');
  writeFileSync(lock, '');
  await expect(mirror.fetch()).rejects.toMatchObject({ details: { git: 'locked' }, treatment: { kind: 'retry' } });
  utimesSync(lock, new Date(0), new Date(0));
  await mirror.fetch();
  expect(await mirror.localHead('main')).toBe(second);
});

test('many keep the same commit at once, also while another git holds the lock of its ref', async () => {
  const commit = repo.commit({ a: '1' });
  const mirror = await open();
  await mirror.fetch();
  await Promise.all(Array.from({ length: 12 }, () => mirror.keep(commit)));
  await mirror.release(commit);
  const lock = join(mirror.path, `refs/holdfast/keep/${commit}.lock`);
  mkdirSync(join(lock, '..'), { recursive: true });
  writeFileSync(lock, '');
  const kept = mirror.keep(commit);
  setTimeout(() => rmSync(lock), 100);
  await kept;
  expect(repo.git('-C', mirror.path, 'for-each-ref', '--format=%(objectname)', 'refs/holdfast/keep')).toContain(commit);
});

test('hooks, configuration and fsmonitor planted in the mirror or at home run nothing', async () => {
  repo.commit({ a: '1' });
  const mirror = await open();
  const canary = join(temp.dir, 'canary');
  mkdirSync(join(mirror.path, 'hooks'), { recursive: true });
  for (const hook of ['reference-transaction', 'post-update', 'post-merge', 'pre-auto-gc']) {
    writeFileSync(join(mirror.path, 'hooks', hook), `#!/bin/sh\ntouch ${canary}\n`, { mode: 0o755 });
  }
  writeFileSync(join(temp.dir, 'home', '.gitconfig'), `[core]\n\tfsmonitor = touch ${canary}\n\thooksPath = /tmp\n`);
  await mirror.fetch();
  await mirror.listTree(repo.head());
  expect(() => readFileSync(canary)).toThrow(/ENOENT/);
});

test('many questions at once are answered in order by one process', async () => {
  const files = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`d${i % 50}/f${i}`, `content ${i}`]));
  const commit = repo.commit(files);
  const mirror = await open();
  await mirror.fetch();
  const tree = await mirror.listTree(commit);
  const blobs = await mirror.readBlobs(tree.map((entry) => entry.sha));
  for (const { path, sha } of tree) expect(blobs.get(sha)?.toString()).toBe(files[path]);
});

test('a mirror with many packs is packed anew, and loses nothing that is kept', async () => {
  const first = repo.commit({ a: '1' });
  const mirror = await open();
  await mirror.fetch();
  await mirror.keep(first);
  repo.git('commit', '-q', '--amend', '-m', 'other');
  await mirror.fetch();
  const packs = () => readdirSync(join(mirror.path, 'objects/pack')).filter((name) => name.endsWith('.pack')).length;
  expect(packs()).toBe(2);
  await mirror.maintain();
  expect(packs()).toBe(2);
  await mirror.maintain(2);
  expect(packs()).toBe(1);
  expect(await mirror.resolve(first)).toBe(first);
  expect(await mirror.resolve(repo.head())).toBe(repo.head());
});
