import {
  type DependencyFault,
  type DependencyStore,
  type DependencyWaits,
  dependencyFaults,
} from '../dependencies/index.ts';
import type { AffectedStack, Reader, Tx } from '../runs/index.ts';
import { type LoadedGraph, stackNeeds } from '../stacks/index.ts';

export interface HeadDependenciesDeps {
  readonly store: DependencyStore;
  readonly waits: DependencyWaits;
}

/** What the stacks of a head need of each other, and of stacks elsewhere. */
export class HeadDependencies {
  readonly #deps: HeadDependenciesDeps;

  constructor(deps: HeadDependenciesDeps) {
    this.#deps = deps;
  }

  /** Stacks of the commit that cannot be planned for what they need, by name. */
  async faults(db: Reader, loaded: LoadedGraph): Promise<Map<string, DependencyFault>> {
    const own = stackNeeds(loaded);
    if (own.length === 0) return new Map();
    const here = loaded.graph.stacks;
    const others = (await this.#deps.store.all(db)).filter(({ stack }) => !here.has(stack));
    const elsewhere = await this.#deps.store.known(db, [...new Set(own.map(({ needs }) => needs))]);
    const isKnown = (stack: string) => here.has(stack) || elsewhere.has(stack);
    const faults = dependencyFaults({ own, others, isKnown });
    return new Map(faults.map((fault) => [fault.stack, fault]));
  }

  /** Keeps what the head's stacks need. Stacks that are gone from it, and not destroyed, need what they needed. */
  async write(
    tx: Tx,
    head: { repository: string; loaded: LoadedGraph; isOther: (stack: string) => boolean },
  ): Promise<void> {
    const { repository, loaded, isOther } = head;
    const wanted = stackNeeds(loaded).filter(({ stack }) => !isOther(stack));
    const isOver = (stack: string) => loaded.graph.stacks.has(stack);
    await this.#deps.store.replace(tx, { repository, wanted, isOver });
  }

  /** Once all runs of a push are there: what each of them waits for. */
  settle(tx: Tx): Promise<void> {
    return this.#deps.waits.settle(tx);
  }
}

/** The stack, refused at the place of its fault: its run is made, fails with that, and says so. Pure. */
export function refuseFaulty(stack: AffectedStack, fault: DependencyFault | undefined): AffectedStack {
  if (!fault || stack.spec.refused !== null) return stack;
  const { message: summary, file, line } = fault;
  return { ...stack, spec: { ...stack.spec, refused: { summary, file, line } } };
}
