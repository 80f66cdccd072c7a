import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { EngineCall, EngineEnd } from '../pipeline.ts';
import { exactVersion } from './version-constraint.ts';

/** What `version -json` told: the version, or what is wrong with the binary. */
export type ProbedEngine = { readonly version: string } | { readonly problem: string };

const known = new Map<string, string>();
const MAX_KNOWN = 100;

/**
 * The version of a binary, asked of itself (25 ms) once per path, inode, size and change time. `run` starts it; a binary that
 * does not run is asked again next time.
 */
export async function probeEngine(
  call: Omit<EngineCall, 'args' | 'quiet'>,
  run: (call: EngineCall) => Promise<EngineEnd>,
): Promise<ProbedEngine> {
  const file = statSync(call.binary);
  const key = [call.binary, file.ino, file.size, file.mtimeMs].join('\0');
  const before = known.get(key);
  if (before !== undefined) return { version: before };
  const end = await run({ ...call, args: ['version', '-json'], quiet: true });
  if (end.exitCode === 126 || end.exitCode === 127) return { problem: 'cannot be run on this machine' };
  if (end.exitCode !== 0) return { problem: `ends \`version -json\` with exit code ${end.exitCode ?? 'unknown'}` };
  const version = versionOf(await readHead(end.outFile));
  if (version === null) return { problem: 'prints no version for `version -json`' };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, version);
  return { version };
}

function versionOf(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const found = 'terraform_version' in value ? value.terraform_version : null;
    return typeof found === 'string' ? exactVersion(found) : null;
  } catch {
    return null;
  }
}

async function readHead(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
