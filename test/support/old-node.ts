import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A Node on PATH, outside of node_modules, that is too old for the program; or why there is none. */
export function findOldNode(): { readonly path: string; readonly version: string } | { readonly missing: string } {
  const seen: string[] = [];
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'node');
    if (folder.includes('node_modules') || !existsSync(path)) continue;
    const version = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout.trim();
    const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
    if (major < 22 || (major === 22 && minor < 19)) return { path, version };
    seen.push(`${path} ${version}`);
  }
  return { missing: `no Node older than 22.19 on PATH (${seen.join(', ') || 'none at all'})` };
}
