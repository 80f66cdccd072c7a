import { joinInRepository } from './repository-paths.ts';

/** What default names of a repository's stacks are made from. */
export interface Naming {
  /** The repository's name: the name of a stack in its root directory, unless there is a prefix. */
  readonly repository: string;
  readonly stackPrefix: string;
}

/** What is wrong with a stack's name, or null. Names stand in addresses, file names and messages. */
export function stackNameFault(name: string): string | readonly [string, string] | null {
  if (name === '') return 'must not be empty';
  if (name.length > 200) return 'must be at most 200 characters';
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/u.test(name)) return 'must not hold control or invisible characters';
  if (/[\\%?#"'`<>*]/.test(name)) return 'must not hold any of \\ % ? # " \' ` < > *';
  if (name !== name.trim()) return 'must not begin or end with a space';
  if (name.startsWith('-')) return 'must not begin with `-`';
  if (name.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    return ['must not have an empty, `.` or `..` part between slashes', 'write it like net/prod'];
  }
  return name === name.normalize('NFC') ? null : 'must be composed Unicode (NFC)';
}

/** `stack_prefix` + the directory; for the root directory the prefix without its last separator, else the repository's name. */
export function defaultStackName(dir: string, naming: Naming): string {
  if (dir !== '.') return `${naming.stackPrefix}${dir}`.normalize('NFC');
  return naming.stackPrefix.replace(/[/._-]+$/, '') || naming.repository;
}

/** A stack's directory in its one spelling: no `./`, no trailing slash, `.` for the root. Null where it leaves the repository. */
export function normalizeDir(dir: string): string | null {
  return joinInRepository('.', dir);
}
