import type { Database } from '../../platform/db/open-database.ts';
import type { StateKeeper } from './state-keeper.ts';
import type { StateStore, StateVersion } from './state-store.ts';
import { StateWalker } from './state-walker.ts';

/** A resource that somebody says was made. */
export interface MadeResource {
  readonly address: string;
  /** Name of the attribute that identifies it, and its value; null: the address alone is looked for. */
  readonly id_key: string | null;
  readonly id: string | null;
}

/** Looks for resources in the stored state of a stack, reading it as a stream. */
export class StateResources {
  readonly #deps: { readonly db: Database; readonly store: StateStore; readonly keeper: StateKeeper };

  constructor(deps: { readonly db: Database; readonly store: StateStore; readonly keeper: StateKeeper }) {
    this.#deps = deps;
  }

  /** Those that the current state does not have, with the version that was looked at (null: there is no state at all). */
  async missing<T extends MadeResource>(
    stack: string,
    made: readonly T[],
  ): Promise<{ missing: T[]; version: StateVersion | null }> {
    const version = await this.#deps.store.latest(this.#deps.db, stack);
    if (!version || made.length === 0) return { missing: [...made], version };
    const wanted = Map.groupBy(made, ({ address }) => address);
    const found = new Set<T>();
    const walker = new StateWalker(keysOf(made), ({ address, attributes }) => {
      for (const resource of wanted.get(address) ?? []) if (isIt(resource, attributes)) found.add(resource);
    });
    for await (const chunk of await this.#deps.keeper.open(version)) walker.write(chunk as Uint8Array);
    return { missing: made.filter((resource) => !found.has(resource)), version };
  }
}

function isIt({ id_key, id }: MadeResource, attributes: ReadonlyMap<string, string>): boolean {
  if (id_key === null || id === null) return true;
  const stored = attributes.get(id_key);
  // One whose attribute cannot be read (no scalar, very long) is there all the same.
  return stored === undefined || stored === id;
}

function keysOf(made: readonly MadeResource[]): Set<string> {
  return new Set(made.flatMap(({ id_key }) => (id_key === null ? [] : [id_key])));
}
