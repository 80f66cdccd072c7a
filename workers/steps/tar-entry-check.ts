import { HoldfastError } from '../../src/kernel/errors.ts';

/** What a tar entry becomes in the working copy. */
export type EntryKind = 'file' | 'directory' | 'link';

const KINDS: Readonly<Record<string, EntryKind>> = {
  File: 'file',
  OldFile: 'file',
  ContiguousFile: 'file',
  Directory: 'directory',
  GNUDumpDir: 'directory',
  SymbolicLink: 'link',
};

/** The kind of an entry by its tar type. Throws `invalid` for hard links, devices and whatever else git never makes. */
export function kindOf(type: string, path: string): EntryKind {
  const kind = KINDS[type];
  if (kind) return kind;
  throw refused(path, `is a ${type} in the source archive; only files, directories and symbolic links are unpacked`);
}

/** The path's parts, all of which lie inside the tree. Throws `invalid` for an absolute path, `..`, or an empty part. */
export function partsOf(path: string): string[] {
  const parts = path.replace(/\/$/, '').split('/');
  const isInside = parts.every((part) => part !== '' && part !== '.' && part !== '..') && !path.includes('\0');
  if (!isInside) throw refused(path, 'is no path inside the repository');
  return parts;
}

/**
 * Whether following a link ends inside the tree, as the kernel follows it: part by part, through other links. `links`: target
 * by path, `/`-separated. A loop never leaves the tree.
 */
export function staysInside(path: string, links: ReadonlyMap<string, string>): boolean {
  const at = path.split('/').slice(0, -1);
  const rest = (links.get(path) ?? '').split('/').reverse();
  if (links.get(path)?.startsWith('/')) return false;
  let expansions = 0;
  while (rest.length > 0) {
    const part = rest.pop() ?? '';
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (at.pop() === undefined) return false;
      continue;
    }
    const target = links.get([...at, part].join('/'));
    if (target === undefined) at.push(part);
    else if (target.startsWith('/')) return false;
    else if (++expansions > 40) return true;
    else rest.push(...target.split('/').reverse());
  }
  return true;
}

/** The error for a repository whose files cannot be laid out safely. */
export function refused(path: string, why: string): HoldfastError {
  return new HoldfastError('invalid', `\`${printable(path)}\` ${why}`, {
    treatment: {
      kind: 'human',
      wayOut: 'remove it from the repository, or keep it out of the stacks that Holdfast plans',
    },
  });
}

function printable(path: string): string {
  return JSON.stringify(path.slice(0, 300)).slice(1, -1);
}
