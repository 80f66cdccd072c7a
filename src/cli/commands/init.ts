import { writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { clean } from '../../api/text/clean.ts';
import { plainPaint } from '../../api/text/paint.ts';
import { holdfastTemplate, repositoryNameOf, serverTemplate } from '../../config/templates.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { CommandDefinition } from '../command.ts';
import { findRepository } from '../find-repository.ts';

const EXAMPLE_URL = 'https://git.example.com/acme/infra.git';

interface WrittenFile {
  readonly path: string;
  readonly state: 'written' | 'kept';
}

export const command: CommandDefinition = {
  name: 'init',
  summary: 'Write a commented server.yaml and holdfast.yaml',
  description:
    'Writes a server.yaml here that watches the Git repository this folder lies in, and a holdfast.yaml at the root of ' +
    'that repository. Files that exist are kept. Without --url the local repository itself is watched: every commit ' +
    'is seen, and no credentials are needed.',
  needsServer: false,
  arguments: [],
  options: [
    { flags: '--url <url>', text: 'watch this repository (https, ssh, or an absolute path)' },
    { flags: '--branch <name>', text: 'and this branch (default: the one that is checked out, else main)' },
    { flags: '--force', text: 'write over files that exist' },
  ],
  examples: [
    ['holdfast init', 'watch the repository this folder lies in'],
    ['holdfast init --url https://git.example.com/acme/infra.git', 'watch a remote one'],
    ['holdfast init && holdfast doctor && holdfast up', 'write, check, run'],
  ],
  async run({ deps, globals, output }, { options }) {
    const local = await findRepository(deps.cwd);
    const url = options.url === undefined ? (local?.root ?? EXAMPLE_URL) : String(options.url);
    const branch = options.branch === undefined ? (local?.branch ?? 'main') : String(options.branch);
    const isForced = options.force === true;
    const server = resolve(deps.cwd, globals.config ?? deps.env.HOLDFAST_CONFIG ?? 'server.yaml');
    const text = serverTemplate({ name: repositoryNameOf(url), url, branch });
    const files = [await writeOnce(server, text, isForced)];
    if (local !== null) files.push(await writeOnce(join(local.root, 'holdfast.yaml'), holdfastTemplate({}), isForced));
    if (url === EXAMPLE_URL && options.url === undefined) {
      output.warn('this folder lies in no Git repository: put the one to watch under `repositories:`');
    }
    return {
      exit: 0,
      json: { files, repository: { name: repositoryNameOf(url), branch } },
      text: ({ paint = plainPaint }) => {
        const lines = files.map(({ path, state }) => `${state.padEnd(7)}  ${clean(relative(deps.cwd, path) || path)}`);
        return `${lines.join('\n')}\n\n${paint.strong('Next:')} holdfast doctor, then holdfast up\n`;
      },
    };
  },
};

async function writeOnce(path: string, text: string, isForced: boolean): Promise<WrittenFile> {
  try {
    await writeFile(path, text, { flag: isForced ? 'w' : 'wx' });
    return { path, state: 'written' };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return { path, state: 'kept' };
    const wayOut = 'run it in a folder you may write to, or name the file with --config';
    throw new HoldfastError('invalid', `cannot write ${path}`, { cause: error, treatment: { kind: 'human', wayOut } });
  }
}
