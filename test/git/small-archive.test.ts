import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Parser, type ReadEntry } from 'tar';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import type { GitObjects } from '../../src/platform/git/git-objects.ts';
import { openGitObjects } from '../../src/platform/git/local-objects.ts';
import { packSmallArchive } from '../../src/platform/git/small-archive.ts';
import { makeRepository, makeTempDir, type TestRepository } from '../support/git-repository.ts';

let temp: ReturnType<typeof makeTempDir>;
let repo: TestRepository;
let objects: GitObjects;

beforeAll(() => {
  temp = makeTempDir('hf-small-');
  repo = makeRepository(join(temp.dir, 'r'));
  const tool = { binary: 'git', hostEnv: { PATH: process.env.PATH }, home: temp.dir };
  objects = openGitObjects({ tool, dir: repo.dir, clock: systemClock });
  mkdirSync(join(repo.dir, 'net'));
  symlinkSync('../shared/ü', join(repo.dir, 'net/link'));
  writeFileSync(join(repo.dir, 'net/run.sh'), '#!/bin/sh\n');
  chmodSync(join(repo.dir, 'net/run.sh'), 0o755);
});
afterAll(async () => {
  await objects.close();
  temp.remove();
});

/** Every entry of a tar as one line, directories left out: whether they are listed makes no difference. */
async function linesOf(tar: Buffer): Promise<string[]> {
  const lines: string[] = [];
  const parser = new Parser({ strict: true });
  const reading: Promise<unknown>[] = [];
  parser.on('entry', (entry: ReadEntry) => {
    const content = entry.concat().then((bytes) => {
      const isDirectory = entry.type === 'Directory';
      const mode = (entry.mode ?? 0) & 0o100 ? 'x' : '-';
      if (!isDirectory || entry.path === 'sub/') {
        lines.push(`${entry.type} ${entry.path} ${isDirectory ? '' : mode} ${entry.linkpath ?? ''} ${bytes}`);
      }
    });
    reading.push(content);
  });
  await new Promise((resolve) => parser.on('end', resolve).end(tar));
  await Promise.all(reading);
  return lines.sort();
}

async function treeOf(commit: string): Promise<string> {
  return repo.git('rev-parse', `${commit}^{tree}`).trim();
}

const source = {
  async items(tree: string) {
    const text = repo.git('ls-tree', '-z', tree);
    return text.split('\0').flatMap((line) => {
      const found = /^(\d+) \w+ (\w+)\t(.+)$/s.exec(line);
      return found ? [{ mode: found[1] ?? '', sha: found[2] ?? '', name: found[3] ?? '' }] : [];
    });
  },
  readBlobs: (shas: readonly string[], max: number) => objects.readBlobs(shas, max),
};

test('a small tree is packed without a process, and holds what git archive puts in', async () => {
  const commit = repo.commit({
    'main.tf': 'resource',
    empty: '',
    'net/ü b.tf': 'x'.repeat(513),
    [`${'d'.repeat(90)}/${'e'.repeat(40)}/${'f'.repeat(90)}.txt`]: 'long',
    'shared/ü': 'target',
  });
  repo.git('update-index', '--add', '--cacheinfo', `160000,${commit},sub`);
  repo.git('commit', '-q', '-m', 'a submodule');
  const head = repo.head();
  for (const paths of [null, ['net'], ['net/run.sh', 'shared', 'main.tf'], ['shared', 'shared/ü', 'sub']]) {
    const ours = await packSmallArchive(source, await treeOf(head), paths);
    const args = ['archive', '--format=tar', head, ...(paths ?? [])];
    const theirs = execFileSync('git', args, { cwd: repo.dir, maxBuffer: 2 ** 24 });
    expect(ours && (await linesOf(ours))).toEqual(await linesOf(theirs));
    expect(await linesOf(await buffer(objects.archive(head, paths)))).toEqual(await linesOf(theirs));
  }
});

test('what only git itself knows how to lay out is left to it', async () => {
  const pack = async (files: Record<string, string | null>, paths: string[] | null = null) =>
    packSmallArchive(source, await treeOf(repo.commit(files)), paths);
  expect(await pack({ 'net/.gitattributes': '*.tf text eol=crlf\n' })).toBeNull();
  // Nothing in `shared` is touched by the attributes of `net`.
  expect(await pack({}, ['shared'])).not.toBeNull();
  expect(await pack({ 'net/.gitattributes': null }, ['nowhere'])).toBeNull();
  expect(await pack({}, ['main.tf/x'])).toBeNull();
  expect(await pack({ [`${'x'.repeat(120)}.tf`]: 'a' })).toBeNull();
  expect(await pack({ [`${'x'.repeat(120)}.tf`]: null, large: 'x'.repeat(300_000) })).toBeNull();
  const many = Object.fromEntries(Array.from({ length: 301 }, (_, i) => [`many/${i}`, 'x']));
  expect(await pack({ large: null, ...many })).toBeNull();
});

test('a tree that is too large as a whole gives the same archive again, and its parts are still packed', async () => {
  const many = Object.fromEntries(Array.from({ length: 301 }, (_, i) => [`more/${i}`, 'x']));
  const head = repo.commit({ ...many, 'part/a': 'a' });
  for (const paths of [null, null, ['part'], null]) {
    const args = ['archive', '--format=tar', head, ...(paths ?? [])];
    const theirs = execFileSync('git', args, { cwd: repo.dir, maxBuffer: 2 ** 24 });
    expect(await linesOf(await buffer(objects.archive(head, paths)))).toEqual(await linesOf(theirs));
  }
});
