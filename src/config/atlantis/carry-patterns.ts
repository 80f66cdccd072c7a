import { globFault } from '../glob-fault.ts';
import { joinInRepository } from '../repository-paths.ts';

/** What Atlantis takes where `when_modified` is not given. */
const DEFAULT_PATTERNS = ['**/*.tf*', '**/terragrunt.hcl', '**/.terraform.lock.hcl'] as const;

/** The default patterns that say more than a stack's own rules, given the names of the files in and below its directory. */
export function defaultPatterns(fileNames: ReadonlySet<string>): string[] {
  return DEFAULT_PATTERNS.filter((pattern) => pattern === '**/*.tf*' || fileNames.has(pattern.slice('**/'.length)));
}

/** Patterns of Holdfast that match at least what Atlantis's do, and what is to be said about them, by index. */
export interface CarriedPatterns {
  readonly patterns: readonly string[];
  readonly said: readonly { readonly index: number; readonly message: string }[];
}

/**
 * Carries `when_modified` over. In both the last pattern that matches decides; in Atlantis, as in a .dockerignore, one that
 * matches a directory matches all in it, and braces mean themselves.
 */
export function carryPatterns(patterns: readonly string[], dir: string): CarriedPatterns {
  const carried: string[] = [];
  const said: { index: number; message: string }[] = [];
  for (const [index, written] of patterns.entries()) {
    const sign = written.startsWith('!') ? '!' : '';
    const pattern = written.slice(sign.length).replace(/^(\.\/)+/, '');
    const fault = faultOf(pattern, dir);
    if (fault !== null) {
      said.push({ index, message: `is left out: ${fault}` });
      continue;
    }
    for (const spelled of spell(pattern)) carried.push(`${sign}${spelled}`);
  }
  // Of equal ones the last decides.
  return { patterns: carried.filter((pattern, i) => carried.lastIndexOf(pattern) === i), said };
}

/** The pattern, and where it may name a directory, all in it. */
function spell(pattern: string): string[] {
  // `**.tf` crosses directories there; here only `**` alone does.
  const segments = pattern
    .replace(/\/+$/, '')
    .split('/')
    .map((segment) => segment.replace(/^\*\*(?=[^*])/, '**/*'));
  const whole = segments.join('/');
  const last = segments.at(-1) ?? '';
  const mayBeDirectory = /[*?[]/.test(last) && !/[.]/.test(last) && !segments.includes('**');
  return mayBeDirectory ? [whole, `${whole}/**`] : [whole];
}

function faultOf(pattern: string, dir: string): string | null {
  const fault = globFault(pattern);
  if (fault !== null) return `it ${typeof fault === 'string' ? fault : fault[0]}`;
  if (/[{}]/.test(pattern)) return 'braces stand for themselves in Atlantis and for alternatives here';
  const literal = pattern.split('/').filter((part) => !/[*?[]/.test(part));
  return joinInRepository(dir, literal.join('/')) === null ? 'it leaves the repository' : null;
}
