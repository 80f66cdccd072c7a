/** A directory as the outside names it (`.` for the repository's root) from the inner form (empty), and back. */
export function outerDir(dir: string): string {
  return dir === '' ? '.' : dir;
}

/** The inner form of a directory of holdfast.yaml: no `./`, no trailing slash, empty for the root; null where it leaves the repository. */
export function innerDir(dir: string): string | null {
  return joinPath('', dir);
}

/** `text` seen from the directory `base`; null where it is absolute or leaves the repository. */
export function joinPath(base: string, text: string): string | null {
  if (text.startsWith('/')) return null;
  const out = base === '' ? [] : base.split('/');
  for (const segment of text.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') out.push(segment);
    else if (out.pop() === undefined) return null;
  }
  return out.join('/');
}

/** The directory of a path; empty for a file at the root. */
export function dirOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

/** The last segment. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
