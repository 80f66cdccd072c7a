import { isMap, type KeyPath, valueAt } from './key-path.ts';
import type { Reporter } from './reporter.ts';

/** Says of each entry of a list that its name was there before, at which line one has to look. */
export function reportRepeatedNames(value: unknown, list: KeyPath, reporter: Reporter): void {
  const entries = valueAt(value, list);
  if (!Array.isArray(entries)) return;
  const seen = new Map<string, number>();
  for (const [index, entry] of entries.entries()) {
    const name: unknown = isMap(entry) ? entry.name : undefined;
    if (typeof name !== 'string') continue;
    const first = seen.get(name);
    if (first === undefined) {
      seen.set(name, index);
      continue;
    }
    const line = reporter.lineOf([...list, first, 'name']);
    const where = line === null ? `entry ${first + 1} has it, too` : `line ${line} has it, too`;
    reporter.report([...list, index, 'name'], { message: 'must be unique', wayOut: `${where}; choose another` });
  }
}
