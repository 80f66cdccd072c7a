import { mkdirSync, readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PipelineContext } from '../pipeline.ts';

/**
 * Where providers are unpacked once for all stacks of a root; null where they lie unpacked in a mirror, from which engines link
 * them. Engines take from it only what the lock file has a checksum of.
 */
export function pluginCacheOf(root: string, mirror: string | null): string | null {
  return mirror === null || isPacked(mirror) ? join(root, 'plugins') : null;
}

/** Makes the folder, which engines want to find. */
export function preparePluginCache(cache: string | null): void {
  if (cache !== null) mkdirSync(cache, { recursive: true, mode: 0o700 });
}

const running = new Map<string, Promise<void>>();

/**
 * Runs an init; one at a time for each cache that it may write to, since engines do not agree about it among themselves
 * (hashicorp/terraform#31964). One that needs nothing but what is built in waits for nobody.
 */
export async function installing<T>(context: PipelineContext, act: () => Promise<T>): Promise<T> {
  const cache =
    context.facts.env?.TF_PLUGIN_CACHE_DIR ?? pluginCacheOf(context.paths.root, context.hello.providers_mirror);
  if (cache === null || (await isBuiltinOnly(context.paths.stackDir))) return act();
  const before = running.get(cache) ?? Promise.resolve();
  let free = () => {};
  const mine = before.then(() => new Promise<void>((resolve) => (free = resolve)));
  running.set(cache, mine);
  await before;
  try {
    return await act();
  } finally {
    free();
    if (running.get(cache) === mine) running.delete(cache);
  }
}

const MAX_BYTES = 256 * 1024;
const MAX_DIRS = 50;
const FOREIGN =
  /\brequired_providers\b|^\s*provider\s|\b(?:resource|data|ephemeral)\s*"(?!terraform_data"|terraform_remote_state")/m;

/** Whether a stack plainly installs nothing, the local modules that it calls included. A doubt counts as "it does". */
export async function isBuiltinOnly(stackDir: string): Promise<boolean> {
  const dirs = new Set([stackDir]);
  for (const dir of dirs) {
    if (dirs.size > MAX_DIRS) return false;
    for (const name of await readdir(dir).catch(() => [])) {
      if (/\.(?:tf|tofu)\.json$/.test(name)) return false;
      if (name !== '.terraform.lock.hcl' && !/\.(?:tf|tofu)$/.test(name)) continue;
      const text = await readFile(join(dir, name), 'utf8').catch(() => null);
      if (text === null || text.length > MAX_BYTES || FOREIGN.test(text)) return false;
      const sources = [...text.matchAll(/\bsource\s*=\s*"([^"]*)"/g)].map(([, source = '']) => source);
      const calls = text.match(/\bmodule\s*"/g)?.length ?? 0;
      if (calls > sources.length || sources.some((source) => !/^\.\.?\//.test(source))) return false;
      for (const source of sources) dirs.add(join(dir, source));
    }
  }
  return true;
}

const packed = new Map<string, boolean>();

/** Whether a filesystem mirror holds archives: `HOST/NAMESPACE/TYPE/terraform-provider-….zip`. Looked at once. */
function isPacked(mirror: string): boolean {
  const known = packed.get(mirror);
  if (known !== undefined) return known;
  const found = levels(mirror, 3).some((dir) => list(dir).some((name) => name.endsWith('.zip')));
  packed.set(mirror, found);
  return found;
}

function levels(dir: string, depth: number): string[] {
  if (depth === 0) return [dir];
  return list(dir)
    .slice(0, 200)
    .flatMap((name) => levels(join(dir, name), depth - 1));
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}
