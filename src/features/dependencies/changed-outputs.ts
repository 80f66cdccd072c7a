import { canonicalJson } from '../../kernel/digest.ts';
import type { Dependency } from './dependency.ts';

/** Outputs by name. */
export type OutputValues = ReadonlyMap<string, { readonly value: unknown }>;

/** Names of outputs that differ, came or went. Nothing before: all of them came. Pure. */
export function changedOutputs(before: OutputValues | null, after: OutputValues | null): Set<string> {
  const changed = new Set<string>();
  for (const name of new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])) {
    const [was, is] = [before?.get(name), after?.get(name)];
    if (!was || !is || canonicalJson(was.value) !== canonicalJson(is.value)) changed.add(name);
  }
  return changed;
}

/** Stacks that read any of these outputs of the stack, each with those it reads. Pure. */
export function readersOf(
  all: readonly Dependency[],
  stack: string,
  changed: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const readers = new Map<string, Set<string>>();
  for (const { stack: reader, needs, outputs } of all) {
    if (needs !== stack) continue;
    for (const name of changed) {
      if (outputs !== null && !outputs.includes(name)) continue;
      const known = readers.get(reader) ?? new Set();
      readers.set(reader, known.add(name));
    }
  }
  return new Map([...readers].map(([reader, names]) => [reader, [...names].sort()]));
}
