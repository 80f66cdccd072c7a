import { Readable } from 'node:stream';
import { openTool } from '../process/spawn-tool.ts';
import { gitArgv } from './git-argv.ts';
import { buildGitEnv, type GitTool } from './git-env.ts';
import { gitError, scrubGitText } from './git-failure.ts';

/** Longer argument lists would not start; the whole tree holds what was asked for, too. */
const ARGUMENT_LIMIT = 100_000;
const CHUNK = 64 * 1024;

/**
 * `git archive` as a stream. It ends only after git ended well: a tar that was cut short is an error of the stream, not a
 * smaller tree. Destroying the stream ends git.
 */
export function streamArchive(tool: GitTool, dir: string, commit: string, paths: readonly string[] | null): Readable {
  const list = paths ?? [];
  const size = list.reduce((sum, path) => sum + Buffer.byteLength(path) + 1, 0);
  const args = gitArgv.archive(commit, size > ARGUMENT_LIMIT ? [] : list);
  return Readable.from(readArchive(tool, dir, args), { objectMode: false });
}

async function* readArchive(tool: GitTool, dir: string, args: readonly string[]): AsyncGenerator<Buffer> {
  const git = openTool({ file: tool.binary, args, cwd: dir, env: buildGitEnv(tool, { remote: null }) });
  git.stdin.end();
  let isWhole = false;
  try {
    // Git writes 10 KiB at a time; every hop of a chunk on its way to the worker's disk costs more than joining them.
    let parts: Buffer[] = [];
    let size = 0;
    for await (const chunk of git.stdout as AsyncIterable<Buffer>) {
      parts.push(chunk);
      size += chunk.length;
      if (size < CHUNK) continue;
      yield Buffer.concat(parts);
      parts = [];
      size = 0;
    }
    if (size > 0) yield Buffer.concat(parts);
    const { exitCode, stderr } = await git.ended;
    if (exitCode !== 0) throw gitError('unknown', `the archive of ${dir}`, scrubGitText(stderr, []));
    isWhole = true;
  } finally {
    if (!isWhole) git.kill();
  }
}
