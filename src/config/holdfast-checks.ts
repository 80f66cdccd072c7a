import { toRfc3339 } from '../kernel/clock.ts';
import { isMap, type KeyPath, valueAt } from './key-path.ts';
import { reportRepeatedNames } from './repeated-names.ts';
import type { Reporter } from './reporter.ts';
import { joinInRepository, pathFault } from './repository-paths.ts';
import { normalizeDir } from './stack-name.ts';

/** What the checks see: the value as written. Any part of it may be of any shape. */
export interface HoldfastContext {
  readonly value: unknown;
  readonly reporter: Reporter;
  /** Milliseconds. */
  readonly now: number;
}

type Entry = Readonly<Record<string, unknown>>;

/** What no single field of holdfast.yaml can know: names and directories that repeat, paths that leave the repository. */
export function checkHoldfast(context: HoldfastContext): void {
  const { value, reporter, now } = context;
  reportRepeatedNames(value, ['stacks'], reporter);
  const stacks = valueAt(value, ['stacks']);
  if (!Array.isArray(stacks)) return;
  const seen = new Map<string, number>();
  for (const [index, entry] of stacks.entries()) {
    if (!isMap(entry)) continue;
    const path = ['stacks', index];
    const dir = typeof entry.dir === 'string' && pathFault(entry.dir) === null ? normalizeDir(entry.dir) : undefined;
    if (dir === null) {
      reporter.report([...path, 'dir'], { message: 'must be inside the repository' });
    } else if (dir !== undefined) {
      checkRepeatedDir(path, `${dir}\0${entry.workspace ?? 'default'}`, index, seen, reporter);
      checkPaths(path, dir, entry, reporter);
    }
    checkOrder(path, entry, reporter);
    checkIgnoreRules(path, entry, reporter, toRfc3339(now).slice(0, 10));
  }
}

/** Two entries of one directory and workspace would be one state under two names. */
function checkRepeatedDir(path: KeyPath, key: string, index: number, seen: Map<string, number>, reporter: Reporter) {
  const first = seen.get(key);
  if (first === undefined) return void seen.set(key, index);
  const line = reporter.lineOf(['stacks', first]);
  const where = line === null ? `entry ${first + 1}` : `the entry on line ${line}`;
  const wayOut = `${where} has both, too; give one of them another workspace`;
  reporter.report([...path, 'dir'], { message: 'must differ from every other entry in `dir` or `workspace`', wayOut });
}

function checkPaths(path: KeyPath, dir: string, entry: Entry, reporter: Reporter): void {
  for (const key of ['var_files', 'when_modified']) {
    const list = entry[key];
    if (!Array.isArray(list)) continue;
    for (const [i, item] of list.entries()) {
      if (typeof item !== 'string') continue;
      const wanted = key === 'when_modified' ? item.replace(/^!/, '') : item;
      const wrong = wanted.startsWith('/') ? 'must be relative to `dir`' : leaves(dir, wanted);
      // The path's own field says the first of these for var_files.
      if (wrong !== null && !(key === 'var_files' && wanted.startsWith('/'))) {
        reporter.report([...path, key, i], { message: wrong });
      }
    }
  }
}

function leaves(dir: string, path: string): string | null {
  return joinInRepository(dir, path) === null ? 'must not leave the repository' : null;
}

function checkOrder(path: KeyPath, entry: Entry, reporter: Reporter): void {
  const { name, depends_on: dependsOn } = entry;
  if (!Array.isArray(dependsOn)) return;
  for (const [i, dependency] of dependsOn.entries()) {
    const at = [...path, 'depends_on', i];
    if (dependency === name && name !== undefined)
      reporter.report(at, { message: 'must name another stack than itself' });
    else if (dependsOn.indexOf(dependency) < i) reporter.report(at, { severity: 'warning', message: 'is there twice' });
  }
}

/** Expired rules are warnings: a file must not break because time goes by. */
function checkIgnoreRules(path: KeyPath, entry: Entry, reporter: Reporter, today: string): void {
  const rules = valueAt(entry, ['drift', 'ignore']);
  if (!Array.isArray(rules)) return;
  for (const [i, rule] of rules.entries()) {
    const expires = isMap(rule) ? rule.expires : undefined;
    if (typeof expires !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(expires) || expires > today) continue;
    const message = 'is past: the rule ignores nothing any more';
    const wayOut = 'remove the rule, or set a later date';
    reporter.report([...path, 'drift', 'ignore', i, 'expires'], { severity: 'warning', message, wayOut });
  }
}
