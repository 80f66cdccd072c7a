import type { LoadedGraph } from '../stacks/index.ts';

/** More stacks than this are not kept in memory, whatever the number of repositories. */
const MAX_STACKS = 20_000;

/** The graph of each repository's last processed head: the base of its next change. */
export class GraphShelf {
  readonly #graphs = new Map<string, LoadedGraph>();

  get(repository: string): LoadedGraph | null {
    return this.#graphs.get(repository) ?? null;
  }

  /** Keeps a graph; those longest unchanged go when there are too many stacks. */
  put(repository: string, graph: LoadedGraph): void {
    this.#graphs.delete(repository);
    this.#graphs.set(repository, graph);
    let stacks = 0;
    for (const kept of this.#graphs.values()) stacks += kept.graph.stacks.size;
    for (const [name, kept] of this.#graphs) {
      if (stacks <= MAX_STACKS) return;
      this.#graphs.delete(name);
      stacks -= kept.graph.stacks.size;
    }
  }
}
