import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { ProgramFound } from '../cli/doctor/check.ts';
import type { Environment } from '../config/environment.ts';
import { messageOf } from '../kernel/errors.ts';
import { runTool } from '../platform/process/spawn-tool.ts';

const VERSION_TIMEOUT_MS = 15_000;

/** Looks for a program on PATH, or in the folders of `dir` (one a version), and asks its version. Never throws. */
export async function findProgram(
  env: Environment,
  name: string,
  args: readonly string[],
  dir?: string,
): Promise<ProgramFound> {
  const folders = dir === undefined ? (env.PATH ?? '').split(delimiter) : await versionsIn(dir);
  const path = await firstExecutable(folders, name);
  if (path === null) return { path, version: null, error: null };
  try {
    const result = await runTool({
      file: path,
      args,
      cwd: '/',
      // Without it terraform asks the network whether there is a newer one.
      env: { PATH: env.PATH ?? '', CHECKPOINT_DISABLE: '1', LC_ALL: 'C' },
      timeoutMs: VERSION_TIMEOUT_MS,
    });
    const [line = ''] = result.stdout.toString('utf8').split('\n');
    if (result.exitCode === 0 && line !== '') return { path, version: line.trim(), error: null };
    return { path, version: null, error: result.stderr.trim().slice(0, 300) || `exit code ${result.exitCode}` };
  } catch (error) {
    return { path, version: null, error: messageOf(error) };
  }
}

async function versionsIn(dir: string): Promise<string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    return entries.filter((entry) => !entry.isFile()).map((entry) => join(dir, entry.name));
  } catch {
    return [];
  }
}

async function firstExecutable(folders: readonly string[], name: string): Promise<string | null> {
  for (const folder of folders) {
    // A relative folder on PATH would run whatever lies in the current one.
    if (!folder.startsWith('/')) continue;
    try {
      await access(join(folder, name), constants.X_OK);
      // As it is called: some programs (redis-server) are links that go by their name.
      return join(folder, name);
    } catch {}
  }
  return null;
}
