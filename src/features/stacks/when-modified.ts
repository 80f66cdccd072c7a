import picomatch from 'picomatch';
import { joinPath } from './repo-path.ts';
import type { Touch } from './touch.ts';

/**
 * The globs of `when_modified`, relative to the stack's directory; `!` takes away from what those before it match, as in
 * atlantis.yaml and .gitignore. A glob that leaves the repository matches nothing.
 */
export function whenModifiedTouches(globs: readonly string[], root: string): Touch[] {
  return globs.flatMap((glob, i): Touch[] => {
    const at = isNegative(glob) ? null : anchored(glob, root);
    if (!at) return [];
    const include = matcher(at);
    const later = globs.slice(i + 1).filter(isNegative);
    const exclude = later.flatMap((other) => anchored(other.slice(1), root) ?? []).map(matcher);
    const test = (path: string) => include(path) && !exclude.some((matches) => matches(path));
    return [{ match: 'glob', base: at.base, test, kind: 'when_modified', via: [glob] }];
  });
}

function isNegative(glob: string): boolean {
  return glob.startsWith('!');
}

interface Anchored {
  /** Literal directory, in inner form, in which everything that matches lies. */
  readonly base: string;
  /** The rest of the pattern, relative to it. */
  readonly glob: string;
}

/** The pattern split where its first wildcard stands, so that directory names with brackets are never read as globs. */
function anchored(glob: string, root: string): Anchored | null {
  const segments = glob.replace(/^\.\//, '').split('/');
  const wild = segments.findIndex((segment) => /[*?[\](){}!+@\\]/.test(segment));
  const end = wild === -1 ? segments.length - 1 : wild;
  const base = joinPath(root, segments.slice(0, end).join('/'));
  return base === null ? null : { base, glob: segments.slice(end).join('/') };
}

function matcher(at: Anchored): (path: string) => boolean {
  const matches = picomatch(at.glob, { dot: true });
  const skip = at.base === '' ? 0 : at.base.length + 1;
  return (path) => {
    if (at.base !== '' && !path.startsWith(`${at.base}/`)) return false;
    const rest = path.slice(skip);
    return matches(rest) || (!/[*?[{(]/.test(at.glob) && rest.startsWith(`${at.glob}/`));
  };
}
