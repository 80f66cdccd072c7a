import type { ModuleCall } from '../../platform/hcl/parsed-file.ts';
import { joinPath } from './repo-path.ts';

/** Where a module call leads. */
export type ModuleSource =
  /** A directory beside the caller; `path` is null where it leaves the repository. */
  | { readonly kind: 'local'; readonly path: string | null }
  /** A directory of this very repository, fetched by git. A pinned one never moves with the head. */
  | { readonly kind: 'self'; readonly path: string; readonly ref: string | null; readonly isPinned: boolean }
  /** Computed (OpenTofu): anything below `prefix`, a directory or the beginning of one; null: anything at all. */
  | { readonly kind: 'computed'; readonly prefix: string | null }
  /** A registry, another repository, an archive. */
  | { readonly kind: 'foreign' };

const FOREIGN: ModuleSource = { kind: 'foreign' };

/** Reads a call's source as seen from `dir` (inner form). `self` are the addresses of the repository, by `repositoryKey`. */
export function readSource(call: ModuleCall, dir: string, self: ReadonlySet<string>): ModuleSource {
  const { source } = call;
  if (source === null) return readComputed(call, dir);
  if (isLocalSource(source)) return { kind: 'local', path: joinPath(dir, source) };
  if (self.size === 0) return FOREIGN;
  const { address, inner, ref } = splitSource(source);
  const key = repositoryKey(address);
  const path = joinPath('', inner);
  if (key === null || !self.has(key) || path === null) return FOREIGN;
  return { kind: 'self', path, ref, isPinned: ref !== null && isPin(ref) };
}

function readComputed({ computed }: ModuleCall, dir: string): ModuleSource {
  const [first] = computed ?? [];
  if (!first) return FOREIGN;
  if (!('text' in first)) return { kind: 'computed', prefix: null };
  if (!isLocalSource(first.text)) return FOREIGN;
  const slash = first.text.lastIndexOf('/');
  const base = joinPath(dir, first.text.slice(0, slash));
  if (base === null) return { kind: 'local', path: null };
  const rest = first.text.slice(slash + 1);
  const prefix = base === '' ? rest : `${base}/${rest}`;
  return { kind: 'computed', prefix: prefix === '' || /^\.+$/.test(rest) ? null : prefix };
}

function isLocalSource(source: string): boolean {
  return source.startsWith('./') || source.startsWith('../') || source === '.' || source === '..';
}

/** `git::https://host/repo.git//inner?ref=x` in its pieces. */
function splitSource(source: string): { address: string; inner: string; ref: string | null } {
  const [whole = '', query = ''] = source.split('?', 2);
  const start = whole.indexOf('://');
  const slashes = whole.indexOf('//', start === -1 ? 0 : start + 3);
  const ref = new URLSearchParams(query.split('//')[0]).get('ref');
  const late = query.indexOf('//');
  if (late !== -1) return { address: whole, inner: query.slice(late + 2), ref };
  if (slashes === -1) return { address: whole, inner: '', ref };
  return { address: whole.slice(0, slashes), inner: whole.slice(slashes + 2), ref };
}

/** A commit id, a tag by its full name, or something that ends in a whole version: what it names does not move with a branch. */
function isPin(ref: string): boolean {
  return /^[0-9a-f]{7,64}$/i.test(ref) || ref.startsWith('refs/tags/') || /(?:^|[^a-z])v?\d+\.\d+\.\d+\S*$/i.test(ref);
}

/**
 * A repository's address with everything gone that differs between spellings of the same one: `git::`, scheme, user,
 * password, port, `.git`, case. null for what is no address.
 */
export function repositoryKey(address: string): string | null {
  const text = address.replace(/^git::/, '').replace(/[?#].*$/s, '');
  const url = /^([a-z][a-z0-9+.-]*):\/\/(?:[^@/]*@)?([^/:]*|\[[^\]]*\])(?::\d*)?\/(.*)$/is.exec(text);
  if (url) return keyOf(url[2] ?? '', url[3] ?? '');
  if (text.startsWith('/')) return keyOf('', text);
  // `git@host:path`, and `github.com/owner/name` without a scheme.
  const short = /^(?:[^@/:]+@)?([^/:@]+\.[^/:@]+|[^/:@]+(?=:))[:/](.+)$/s.exec(text);
  return short ? keyOf(short[1] ?? '', short[2] ?? '') : null;
}

function keyOf(host: string, path: string): string | null {
  let plain = path;
  try {
    plain = decodeURIComponent(path);
  } catch {
    // A stray percent sign: the address as it was written.
  }
  const trimmed = plain.replace(/^\/+|\/+$/g, '').replace(/\.git$/i, '');
  return trimmed === '' ? null : `${host === 'localhost' ? '127.0.0.1' : host}/${trimmed}`.toLowerCase();
}
