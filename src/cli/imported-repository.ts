import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ImportedRepository } from '../config/atlantis/convert-atlantis.ts';

const MAX_DIRECTORIES = 100_000;

/** The working copy that a configuration file lies in, as its import sees it. */
export function openImportedRepository(root: string): ImportedRepository {
  return {
    id: repositoryId(root),
    hasFile(path) {
      try {
        return statSync(join(root, path)).isFile();
      } catch {
        return false;
      }
    },
    directories: () => listDirectories(root),
  };
}

/** `github.com/acme/infra` of the remote called origin; null where there is none. */
function repositoryId(root: string): string | null {
  try {
    const config = readFileSync(join(root, '.git', 'config'), 'utf8');
    const section = /^\[remote "origin"\]\n((?:(?!\[).*\n?)*)/m.exec(config)?.[1] ?? '';
    const url = /^\s*url\s*=\s*(\S+)\s*$/m.exec(section)?.[1];
    return url === undefined ? null : idOfUrl(url);
  } catch {
    return null;
  }
}

/** Host and path of a remote's address, without user, port and `.git`. */
export function idOfUrl(url: string): string | null {
  const [, host, path] =
    /^[a-z+]+:\/\/(?:[^@/]*@)?([^:/]+)(?::\d+)?\/(.+)$/i.exec(url) ?? /^(?:[^@/]+@)?([^:/]+):(.+)$/.exec(url) ?? [];
  if (host === undefined || path === undefined) return null;
  return `${host}/${path.replace(/\/+$/, '').replace(/\.git$/, '')}`;
}

/** Every directory with its files' names; no links are followed, `.git` and `.terraform` are passed over. */
function listDirectories(root: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const todo = ['.'];
  for (let dir = todo.pop(); dir !== undefined && found.size < MAX_DIRECTORIES; dir = todo.pop()) {
    const files: string[] = [];
    for (const entry of readEntries(join(root, dir))) {
      if (entry.isFile()) files.push(entry.name);
      else if (entry.isDirectory() && !['.git', '.terraform', 'node_modules'].includes(entry.name)) {
        todo.push(dir === '.' ? entry.name : `${dir}/${entry.name}`);
      }
    }
    found.set(dir, files);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What may not be read holds nothing that could be planned. */
function readEntries(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    return [];
  }
}
