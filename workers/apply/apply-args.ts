import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Assignment } from '../../src/features/execution/protocol.ts';
import { HoldfastError } from '../../src/kernel/errors.ts';

const ADDRESSES = ['TF_HTTP_ADDRESS', 'TF_HTTP_LOCK_ADDRESS', 'TF_HTTP_UNLOCK_ADDRESS'] as const;
const EPHEMERAL = /\bephemeral"?\s*[=:]\s*true\b/;
const MAX_FILES = 1000;

/** Arguments of an apply. It locks, and does not wait for a lock: who may apply was decided before. */
export function applyArgs(planFile: string, varFiles: readonly string[]): string[] {
  const vars = varFiles.map((file) => `-var-file=${file}`);
  return ['apply', '-json', '-input=false', '-lock-timeout=0s', ...vars, planFile];
}

/**
 * Asserts that an apply of a stack whose state we keep will lock, write and unlock with us: without the lock address it would
 * run unlocked, without the unlock address its lock would stay. Throws `internal`.
 */
export function assertStateAddresses(
  assignment: Pick<Assignment, 'stack' | 'backend' | 'state_url'>,
  env: Readonly<Record<string, string>>,
): void {
  if (assignment.backend === 'foreign') return;
  const { stack, state_url } = assignment;
  const wrong = ADDRESSES.find((name) => state_url === null || state_url === '' || env[name] !== state_url);
  if (wrong === undefined) return;
  throw new HoldfastError('internal', `stack \`${stack}\`: ${wrong} is not its state's address; nothing was applied`);
}

/** Whether a root module has ephemeral variables: their values are in no plan, and files that give them are given again. */
export async function declaresEphemeral(stackDir: string): Promise<boolean> {
  const names = (await readdir(stackDir)).filter((name) => /\.(tf|tofu)(\.json)?$/.test(name));
  for (const name of names.slice(0, MAX_FILES)) {
    if (EPHEMERAL.test(await readFile(join(stackDir, name), 'utf8').catch(() => ''))) return true;
  }
  return false;
}
