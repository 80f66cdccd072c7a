import type { RunTable } from '../../platform/db/schema.ts';
import type { Reader } from '../runs/index.ts';
import type { DependencyStore } from './dependency-store.ts';

/** What people have to know of a plan when it waits for them: on what it stands, and who needs what it destroys. */
export class RunRemarks {
  readonly #store: Pick<DependencyStore, 'dependants'>;

  constructor(store: Pick<DependencyStore, 'dependants'>) {
    this.#store = store;
  }

  /** A sentence without a full stop; null where there is nothing to say. */
  async of(db: Reader, run: Pick<RunTable, 'stack' | 'kind' | 'provisional'>): Promise<string | null> {
    if (run.kind !== 'destroy') return run.provisional;
    const dependants = await this.#store.dependants(db, run.stack);
    if (dependants.length === 0) return null;
    const named = dependants.slice(0, NAMED).map((name) => `\`${name}\``);
    const more = dependants.length > NAMED ? ` and ${dependants.length - NAMED} more` : '';
    return `${named.join(', ')}${more} ${dependants.length === 1 ? 'depends' : 'depend'} on this stack`;
  }
}

const NAMED = 10;
