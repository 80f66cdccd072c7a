import type { PathPart, PathUse } from '../../platform/hcl/parsed-file.ts';
import { joinPath } from './repo-path.ts';

/** What a string names: one path, everything that begins with a text, or anything at all. Paths in inner form. */
export type NamedPath =
  | { readonly kind: 'exact'; readonly path: string }
  | { readonly kind: 'prefix'; readonly dir: string; readonly rest: string; readonly isGlob: boolean }
  | { readonly kind: 'all' }
  /** A relative path that leaves the repository. */
  | { readonly kind: 'outside' };

/** Where the string stands. */
export interface UseScope {
  /** Directory of the module that holds it. */
  readonly moduleDir: string;
  /** The stack's directory: where the engine runs. */
  readonly rootDir: string;
  readonly locals: Readonly<Record<string, readonly PathPart[]>>;
}

const MAX_LOCALS = 8;

/** What a string can name in the repository; nothing where it is absolute or names nothing. */
export function resolveUse(use: PathUse, scope: UseScope): NamedPath[] {
  const parts = expandLocals(use.parts, scope.locals);
  const first = parts[0];
  if (first && 'path' in first) {
    const base = first.path === 'module' ? scope.moduleDir : scope.rootDir;
    return toNamed('', [{ text: base }, ...parts.slice(1)], use, true);
  }
  if (use.role !== 'command') return toNamed(scope.rootDir, parts, use, false);
  const bases = new Set([scope.rootDir, scope.moduleDir, ...workingDirs(use, scope)]);
  return [...bases].flatMap((base) => toNamed(base, parts, use, false));
}

function workingDirs(use: PathUse, scope: UseScope): string[] {
  if (!use.base) return [];
  const named = resolveUse({ role: 'plain', parts: use.base, line: use.line }, scope);
  return named.flatMap((one) => (one.kind === 'exact' ? [one.path] : []));
}

/** Local values put in where they are known. */
export function expandLocals(parts: readonly PathPart[], locals: UseScope['locals'], depth = 0): PathPart[] {
  return parts.flatMap((part): readonly PathPart[] => {
    if (!('local' in part)) return [part];
    const value = Object.hasOwn(locals, part.local) ? locals[part.local] : undefined;
    return value && depth < MAX_LOCALS ? expandLocals(value, locals, depth + 1) : [{ unknown: true }];
  });
}

/** `parts` seen from the directory `base`; behind `path.*` (`isRooted`) a leading slash is only the separator. */
function toNamed(base: string, parts: readonly PathPart[], use: PathUse, isRooted: boolean): NamedPath[] {
  const cut = parts.findIndex((part) => !('text' in part));
  const known = cut === -1 ? parts : parts.slice(0, cut);
  const whole = known.map((part) => ('text' in part ? part.text : '')).join('');
  const text = isRooted ? whole.replace(/^\/+/, '') : whole;
  if (cut === -1) {
    const path = joinPath(base, text);
    if (path !== null) return [{ kind: 'exact', path }];
    return isReader(use) && !text.startsWith('/') ? [{ kind: 'outside' }] : [];
  }
  if (text === '' && !isRooted) return isReader(use) ? [{ kind: 'all' }] : [];
  const slash = text.lastIndexOf('/');
  const dir = joinPath(base, text.slice(0, Math.max(slash, 0)));
  const rest = text.slice(slash + 1);
  if (dir === null) return [];
  if (rest === '..' || (dir === '' && rest === '')) return [{ kind: 'all' }];
  return [{ kind: 'prefix', dir, rest: rest === '.' ? '' : rest, isGlob: use.glob === true }];
}

/** Whether what stands there is read as a file, and not only a string that may be one. */
function isReader({ role }: PathUse): boolean {
  return role === 'file' || role === 'template';
}
