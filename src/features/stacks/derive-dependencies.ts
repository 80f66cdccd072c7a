import {
  type DerivedDependency,
  isSurelyOne,
  mainSetting,
  mayBeOne,
  type StateAddress,
  type StateRead,
  servedStack,
} from './state-links.ts';

/** What the derivation needs of a stack. */
export interface StateUser {
  readonly entry: { readonly name: string; readonly workspace: string };
  readonly stateHomes: readonly StateAddress[];
  readonly stateReads: readonly StateRead[];
}

/** Answers which stacks a stack reads the state of. */
export interface StateIndex {
  dependenciesOf(reader: StateUser): DerivedDependency[];
}

/**
 * Finds whose state a `terraform_remote_state` reads: by the address under which Holdfast serves it, else by the backend
 * blocks of the repository's stacks. Settings that only the engine knows match when exactly one stack can be meant.
 */
export function buildStateIndex(stacks: Iterable<StateUser>, ours: readonly string[] | null): StateIndex {
  const homes = new Map<string, { readonly stack: string; readonly home: StateAddress }[]>();
  const names = new Set<string>();
  for (const { entry, stateHomes } of stacks) {
    names.add(entry.name);
    for (const home of stateHomes) {
      const key = keyOf(home);
      if (key === null) continue;
      const list = homes.get(key) ?? [];
      if (list.length === 0) homes.set(key, list);
      list.push({ stack: entry.name, home });
    }
  }

  function find(read: StateRead, reader: StateUser): string | null {
    const key = keyOf(read);
    const candidates = key === null ? [] : (homes.get(key) ?? []);
    const possible = candidates.filter(({ home }) => mayBeOne(read, home, reader.entry.workspace));
    const sure = possible.filter(({ home }) => isSurelyOne(read, home));
    const [only, ...others] = sure.length > 0 ? sure : possible;
    if (only) return others.length === 0 ? only.stack : null;
    const served = read.backend === 'http' ? servedStack(read.settings.address ?? '', ours) : null;
    // Of an address that may be anybody's only names of this repository are believed.
    return served !== null && (ours !== null || names.has(served)) ? served : null;
  }

  return {
    dependenciesOf(reader) {
      const found = new Map<string, DerivedDependency>();
      for (const read of reader.stateReads) {
        const stack = find(read, reader);
        if (stack === null || stack === reader.entry.name || found.has(stack)) continue;
        found.set(stack, { stack, evidence: { file: read.file, line: read.line } });
      }
      return [...found.values()].sort((a, b) => (a.stack < b.stack ? -1 : 1));
    },
  };
}

function keyOf(address: StateAddress): string | null {
  const main = mainSetting(address);
  return main === null ? null : `${address.backend}\0${main}`;
}
