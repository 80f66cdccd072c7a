/**
 * What is wrong with a glob, or null. Globs of strangers are matched against thousands of paths in the control plane, so
 * what makes a regular expression backtrack without end is refused: groups, many wildcards in one segment.
 */
export function globFault(glob: string): string | readonly [string, string] | null {
  if (glob === '' || glob === '!') return 'must not be empty';
  if (glob.length > 500) return 'must be at most 500 characters';
  if (/[\p{Cc}\u2028\u2029]/u.test(glob)) return 'must not hold control characters';
  if (/[()]/.test(glob)) return ['must not hold ( or )', 'write several globs, or {a,b}'];
  if (glob.includes('\\')) return ['must not hold a backslash', 'separate directories by /'];
  const segments = glob.replace(/^!/, '').split('/');
  const isWild = segments.some((segment) => segment !== '**' && count(segment, '*') > 3);
  if (isWild || segments.filter((segment) => segment === '**').length > 4) return 'has too many wildcards';
  return count(glob, '{') > 4 ? ['has too many {…}', 'write several globs'] : null;
}

function count(text: string, char: string): number {
  return text.split(char).length - 1;
}
