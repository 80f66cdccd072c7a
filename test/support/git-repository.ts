import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A real repository in a temporary folder, driven by the machine's git. */
export interface TestRepository {
  readonly dir: string;
  git(...args: string[]): string;
  /** Writes files (null removes), commits all, returns the commit's id. */
  commit(files: Readonly<Record<string, string | null>>, message?: string): string;
  head(): string;
}

const ENV = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

/** Makes an empty repository on branch `main`. */
export function makeRepository(dir: string): TestRepository {
  mkdirSync(dir, { recursive: true });
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: dir, env: ENV, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  git('init', '-q', '-b', 'main');
  const head = () => git('rev-parse', 'HEAD').trim();
  const commit = (files: Readonly<Record<string, string | null>>, message = 'change') => {
    for (const [path, text] of Object.entries(files)) {
      const file = join(dir, path);
      mkdirSync(dirname(file), { recursive: true });
      if (text === null) rmSync(file);
      else writeFileSync(file, text);
    }
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', message);
    return head();
  };
  return { dir, git, commit, head };
}

/** A temporary folder and how to remove it. */
export function makeTempDir(prefix = 'hf-test-'): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), prefix));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}
