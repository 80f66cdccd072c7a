import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Environment } from '../../config/environment.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { runTool } from '../../platform/process/spawn-tool.ts';

/** A throw-away repository that a person could have made. */
export interface DemoRepository {
  readonly path: string;
  /** Edits one file and commits; answers the commit's id. */
  commit(change: { file: string; edit: (text: string) => string; message: string }): Promise<string>;
}

/** Makes a repository of the example stacks in `dir`. Throws `not_found` where the package does not hold them. */
export async function createDemoRepository(dir: string, env: Environment): Promise<DemoRepository> {
  const path = join(dir, 'infrastructure');
  const home = join(dir, 'home');
  await mkdir(home, { recursive: true });
  const examples = examplesFolder();
  // Its packages would have to be downloaded first.
  const cdktf = join(examples, 'cdktf');
  await cp(examples, path, { recursive: true, filter: (source) => source !== cdktf });
  const git = async (...args: string[]) => {
    const result = await runTool({ file: 'git', args, cwd: path, env: gitEnvironment(home, env) });
    if (result.exitCode === 0) return result.stdout.toString('utf8').trim();
    throw new HoldfastError('internal', `git ${args[0]} failed: ${result.stderr.trim()}`);
  };
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'Example stacks');
  return {
    path,
    async commit({ file, edit, message }) {
      const target = join(path, file);
      await writeFile(target, edit(await readFile(target, 'utf8')));
      await git('add', '--all');
      await git('commit', '--quiet', '--message', message);
      return git('rev-parse', 'HEAD');
    },
  };
}

function gitEnvironment(home: string, env: Environment): Record<string, string> {
  const person = { NAME: 'Ana Demo', EMAIL: 'ana@example.com' };
  return {
    PATH: env.PATH ?? '/usr/bin:/bin',
    HOME: home,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: person.NAME,
    GIT_AUTHOR_EMAIL: person.EMAIL,
    GIT_COMMITTER_NAME: person.NAME,
    GIT_COMMITTER_EMAIL: person.EMAIL,
  };
}

/** `stacks/` of this package, whether it runs from a checkout or from dist. */
function examplesFolder(): string {
  for (let dir = import.meta.dirname; dir !== dirname(dir); dir = dirname(dir)) {
    const stacks = join(dir, 'stacks');
    if (existsSync(join(stacks, 'holdfast.yaml'))) return stacks;
  }
  throw new HoldfastError('not_found', 'the example stacks are not part of this installation', {
    treatment: { kind: 'human', wayOut: 'install the package again, or run the demo from a checkout' },
  });
}
