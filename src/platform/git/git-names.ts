import { HoldfastError } from '../../kernel/errors.ts';

const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Whether a text is a full object id: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits. */
export function isObjectId(text: string): boolean {
  return OBJECT_ID.test(text);
}

/** The id itself. Throws `invalid` for anything else, so that nothing unchecked becomes an argument of git. */
export function assertObjectId(text: string): string {
  if (!isObjectId(text)) throw new HoldfastError('invalid', `${quote(text)} is not a full commit id`);
  return text;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: git forbids exactly these
const FORBIDDEN = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.$|\/$|^\/|^@$/;

/**
 * Whether git could have a branch of this name (the rules of git-check-ref-format, for `refs/heads/<name>`). A leading
 * `-` is legal there and so here: names are only ever used as part of a full ref.
 */
export function isBranchName(name: string): boolean {
  if (name.length === 0 || Buffer.byteLength(name) > 1000 || FORBIDDEN.test(name)) return false;
  return name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'));
}

/** `refs/heads/<branch>`. Throws `invalid` where git could not have such a branch. */
export function branchRef(branch: string): string {
  if (isBranchName(branch)) return `refs/heads/${branch}`;
  throw new HoldfastError('invalid', `${quote(branch)} is not a branch name`, {
    treatment: { kind: 'human', wayOut: 'write the name as `git branch` prints it, without refs/heads/' },
  });
}

/** Whether a text may be looked up as a revision: one line, no control characters, at most 1,000 characters. */
export function isRevision(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what would end a line of cat-file's input
  return text.length > 0 && text.length <= 1000 && !/[\x00-\x1f\x7f]/.test(text);
}

/**
 * A repository-relative directory without a trailing slash, `''` for the root (`.` and `''`). Throws `invalid` for absolute
 * paths and for `.` or `..` within.
 */
export function treePath(dir: string): string {
  const path = dir === '.' ? '' : dir.replace(/\/+$/, '');
  const isPlain = !path.includes('\0') && path.split('/').every((part) => part !== '..' && part !== '.' && part !== '');
  if (path === '' || isPlain) return path;
  throw new HoldfastError('invalid', `${quote(dir)} is not a path inside the repository`);
}

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
