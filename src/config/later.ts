import { isMap, type KeyPath, valueAt } from './key-path.ts';
import type { Reporter } from './reporter.ts';

/** Keys of server.yaml whose feature comes later, `[]` for any entry of a list. Remove a line with its feature. */
export const LATER_IN_SERVER: readonly string[] = ['database_url', 'artifacts.s3', 'access.oidc'];

/** The same for holdfast.yaml. */
export const LATER_IN_HOLDFAST: readonly string[] = [];

/** Those with which nothing starts: to go on without would do something else than the file says. */
const REFUSED: ReadonlySet<string> = new Set(['database_url']);

const REFUSAL = {
  severity: 'notice',
  message: 'is not there yet, and Holdfast does not start with it',
  wayOut: 'take it out: the embedded database in data_dir is used',
  part: 'key',
} as const;

/** Says of every key that is there and has no effect yet that this is so. */
export function reportLater(value: unknown, keys: readonly string[], reporter: Reporter): void {
  for (const key of keys) {
    for (const path of matches(value, key.split(/\.|(?=\[\])/), [])) {
      reporter.report(
        path,
        REFUSED.has(key) ? REFUSAL : { severity: 'notice', message: 'has no effect yet', part: 'key' },
      );
    }
  }
}

function matches(value: unknown, parts: readonly string[], path: KeyPath): KeyPath[] {
  const [part, ...rest] = parts;
  if (part === undefined) return [path];
  if (part === '[]') {
    return Array.isArray(value) ? value.flatMap((item, i) => matches(item, rest, [...path, i])) : [];
  }
  return isMap(value) && Object.hasOwn(value, part) ? matches(valueAt(value, [part]), rest, [...path, part]) : [];
}
