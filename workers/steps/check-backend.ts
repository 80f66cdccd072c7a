import { isAbsolute, join, relative } from 'node:path';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { readOrNull } from '../../src/platform/process/call-directory.ts';

/**
 * Asserts what init made of the backend: type http, with no value of its own. Else the state would be read and written
 * elsewhere than we think: such a stack is never planned. Throws `invalid`.
 */
export async function checkOwnBackend(dataDir: string, stack: string): Promise<void> {
  const text = await readOrNull(join(dataDir, 'terraform.tfstate')).catch(() => null);
  const problem = text === null ? 'init recorded no backend at all' : backendProblem(text);
  if (problem === null) return;
  throw new HoldfastError(
    'invalid',
    `stack \`${stack}\`: its state should be kept by Holdfast, but ${problem}; remove the backend block from its \`*_override\` files, or write the backend in the stack itself`,
  );
}

/**
 * Asserts that a `backend "local"` (where the server allows one) does not keep the state in the working copy, which goes
 * away with the run: the next plan would want to create everything again. Throws `invalid`.
 */
export async function checkForeignBackend(
  dataDir: string,
  work: string,
  { stack, workspace }: { readonly stack: string; readonly workspace: string },
): Promise<void> {
  const backend = backendOf((await readOrNull(join(dataDir, 'terraform.tfstate')).catch(() => null)) ?? '');
  if (backend?.type !== 'local') return;
  const key = workspace === 'default' ? 'path' : 'workspace_dir';
  const path: unknown = (backend.config as Record<string, unknown>)[key];
  if (typeof path === 'string' && isAbsolute(path) && relative(work, path).startsWith('..')) return;
  const what = typeof path === 'string' ? `\`${key} = "${path}"\`` : `no \`${key}\``;
  throw new HoldfastError(
    'invalid',
    `stack \`${stack}\`: backend "local" with ${what} would keep the state in the working copy, which goes away with the run; give an absolute \`${key}\` outside of it, or leave the backend out (Holdfast keeps the state)`,
  );
}

/** What is wrong with the record of init (`terraform.tfstate` of the data directory); null where it is the empty http block. */
export function backendProblem(text: string): string | null {
  const backend = backendOf(text);
  if (backend === null) return 'the record of its backend cannot be read';
  if (backend.type !== 'http') return `the engine would use the backend \`${backend.type}\``;
  const set = Object.entries(backend.config).find(([, value]) => value !== null);
  return set ? `the engine would use an http backend with a \`${set[0]}\` of its own` : null;
}

function backendOf(text: string): { type: string; config: object } | null {
  try {
    const { backend } = JSON.parse(text);
    const isRecord = typeof backend?.type === 'string' && typeof backend.config === 'object' && backend.config !== null;
    return isRecord ? backend : null;
  } catch {
    return null;
  }
}
