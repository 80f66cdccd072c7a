import { execFileSync, spawn } from 'node:child_process';
import { chownSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runGit } from '../../src/platform/git/git-runner.ts';
import { makeRepository, makeTempDir, type TestRepository } from '../support/git-repository.ts';
import { type TestMirrors, useMirrors } from '../support/mirrors.ts';
import { until } from '../support/until.ts';

let temp: ReturnType<typeof makeTempDir>;
let repo: TestRepository;
let mirrors: TestMirrors;

beforeEach(async () => {
  temp = makeTempDir('hf-hostile-');
  repo = makeRepository(join(temp.dir, 'src'));
  mirrors = await useMirrors(temp.dir);
});
afterEach(async () => {
  await mirrors.close();
  temp.remove();
});

test('a history with a tree that would write into .git is not let in', async () => {
  const blob = repo.git('rev-parse', `${repo.commit({ a: '1' })}:a`).trim();
  const entry = Buffer.concat([Buffer.from('100644 .git\0'), Buffer.from(blob, 'hex')]);
  const hash = execFileSync('git', ['hash-object', '-t', 'tree', '--literally', '-w', '--stdin'], {
    cwd: repo.dir,
    input: entry,
  });
  const commit = repo.git('commit-tree', '-m', 'evil', hash.toString().trim()).trim();
  repo.git('update-ref', 'refs/heads/main', commit);
  const mirror = await mirrors.open(repo.dir);
  await expect(mirror.fetch()).rejects.toMatchObject({ details: { git: 'bad_objects' }, treatment: { kind: 'human' } });
  expect(await mirror.localHead('main')).toBeNull();
});

test.skipIf(process.getuid?.() !== 0)('a repository that belongs to another user is read', async () => {
  const first = repo.commit({ a: '1' });
  for (const name of ['', '.git', '.git/config']) chownSync(join(repo.dir, name), 12_345, 12_345);
  const mirror = await mirrors.open(repo.dir);
  await mirror.fetch();
  expect(await mirror.localHead('main')).toBe(first);
});

test('output beyond the bound, and silence beyond it, end a git process with an error', async () => {
  repo.commit(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`file-with-a-long-name-${i}`, ''])));
  const tool = { binary: 'git', hostEnv: { PATH: process.env.PATH }, home: temp.dir };
  const args = ['ls-tree', '-r', repo.head()];
  await expect(runGit(tool, { args, dir: repo.dir, maxBytes: 1000 })).rejects.toMatchObject({ code: 'too_large' });
  const stuck = ['cat-file', '--batch'];
  await expect(runGit(tool, { args: stuck, dir: repo.dir, silenceMs: 100 })).rejects.toThrow();
  const signal = AbortSignal.abort();
  await expect(runGit(tool, { args, dir: repo.dir, signal })).rejects.toThrow(/was stopped/);
});

/** Processes whose working directory is `dir`. */
function processesIn(dir: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readlinkSync(`/proc/${pid}/cwd`) === dir &&
        !/^Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '')
      );
    } catch {
      return false;
    }
  });
}

test('the long-lived git processes end with a parent that is killed, and when the mirror is closed', async () => {
  repo.commit({ a: '1' });
  const script = `
    import { useMirrors } from ${JSON.stringify(new URL('../support/mirrors.ts', import.meta.url).href)};
    const mirror = await (await useMirrors(${JSON.stringify(join(temp.dir, 'child'))})).open(${JSON.stringify(repo.dir)});
    await mirror.fetch();
    await mirror.listTree(await mirror.localHead('main'));
    console.log('ready');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const dir = join(temp.dir, 'child', 'mirrors', '0.git');
  expect(processesIn(dir).length).toBeGreaterThan(0);
  child.kill('SIGKILL');
  await until(() => processesIn(dir).length === 0 || null);

  const mirror = await mirrors.open(repo.dir);
  await mirror.fetch();
  await mirror.localHead('main');
  await mirror.close();
  await until(() => processesIn(mirror.path).length === 0 || null);
});
