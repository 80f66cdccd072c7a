const MAX_PATH = 1024;

/** Whether a text holds a control character or a line or paragraph separator. */
export function hasControlCharacter(value: string): boolean {
  return /[\p{Cc}\u2028\u2029]/u.test(value);
}

/** What is wrong with a path of a repository's own file wherever it starts from, or null. */
export function pathFault(path: string): string | readonly [string, string] | null {
  if (path === '') return 'must not be empty';
  if (path.length > MAX_PATH) return `must be at most ${MAX_PATH} characters`;
  if (hasControlCharacter(path)) return 'must not hold control characters';
  if (path.includes('\\')) return ['must not hold a backslash', 'separate directories by /'];
  if (/^([A-Za-z]:)?\//.test(path) || path.startsWith('~')) return 'must be relative';
  if (/^-/.test(path.replace(/^(\.?\/)+/, ''))) return 'must not begin with `-`';
  if (/(^|\/)\.git(\/|$)/i.test(path)) return 'must not lead into .git';
  return null;
}

/** A path relative to `dir` as a repository-relative one, `.` for the root; null where it leaves the repository. */
export function joinInRepository(dir: string, path: string): string | null {
  const parts: string[] = [];
  for (const part of `${dir}/${path}`.split('/')) {
    if (part === '..' && parts.pop() === undefined) return null;
    if (part !== '..' && part !== '.' && part !== '') parts.push(part);
  }
  return parts.length === 0 ? '.' : parts.join('/');
}
