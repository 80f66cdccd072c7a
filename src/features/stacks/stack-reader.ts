import type { StackTable } from '../../platform/db/schema.ts';
import { explainStack } from './explain-stack.ts';
import type { LoadedGraph } from './graph-loader.ts';
import type { StackCheck, StackRun } from './stack-view.ts';
import { type StackJson, toStackJson } from './stack-view.ts';

/** What the reader asks the database. */
export interface StackRows {
  /** Rows of which something is left, by name, after `cursor` (a name). */
  page(limit: number, cursor: string | null): Promise<StackTable[]>;
  find(name: string): Promise<StackTable | null>;
  /** Open runs of these stacks, newest first. */
  openRuns(stacks: readonly string[]): Promise<StackRun[]>;
  /** The newest ended run of each stack, drift checks and superseded ones left out. */
  lastRuns(stacks: readonly string[]): Promise<StackRun[]>;
  /** What is known of the drift of these stacks. */
  checks(stacks: readonly string[]): Promise<StackCheck[]>;
  /** What these stacks need, declared or found, by name; each once. */
  needs(stacks: readonly string[]): Promise<{ readonly stack: string; readonly needs: string }[]>;
  /** Errors of repositories that have one, by name. */
  repositoryErrors(): Promise<Map<string, string>>;
}

export interface StackReaderDeps {
  readonly rows: StackRows;
  /** The graph of a repository's last processed head; null where there is none, or its mirror is away. */
  readonly graphOf: (repository: string) => Promise<LoadedGraph | null>;
}

/** Stacks as the API shows them. */
export class StackReader {
  readonly #deps: StackReaderDeps;

  constructor(deps: StackReaderDeps) {
    this.#deps = deps;
  }

  /** One page by name. `isSeen` leaves out what the asker may not see; a page may then be shorter than `limit`. */
  async list(
    page: { readonly limit: number; readonly cursor: string | null },
    isSeen: (stack: string) => boolean = () => true,
  ): Promise<{ stacks: StackJson[]; next: string | null }> {
    const rows = await this.#deps.rows.page(page.limit + 1, page.cursor);
    const shown = rows.slice(0, page.limit);
    const next = rows.length > page.limit ? (shown.at(-1)?.name ?? null) : null;
    return { stacks: await this.#views(shown.filter((row) => isSeen(row.name))), next };
  }

  /** One stack, or null. `explain` adds why each path touches it. */
  async get(name: string, explain = false): Promise<StackJson | null> {
    const row = await this.#deps.rows.find(name);
    const [view] = row && row.retired_at === null ? await this.#views([row]) : [];
    if (!row || !view || !explain) return view ?? null;
    const loaded = await this.#deps.graphOf(row.repository);
    const node = loaded?.graph.stacks.get(name);
    return loaded && node ? { ...view, explain: explainStack(node, loaded) } : view;
  }

  async #views(rows: readonly StackTable[]): Promise<StackJson[]> {
    if (rows.length === 0) return [];
    const names = rows.map((row) => row.name);
    const { rows: source } = this.#deps;
    const open = Map.groupBy(await source.openRuns(names), (run) => run.stack);
    const last = new Map((await source.lastRuns(names)).map((run) => [run.stack, run]));
    const checks = new Map((await source.checks(names)).map((check) => [check.stack, check]));
    const needs = Map.groupBy(await source.needs(names), ({ stack }) => stack);
    const errors = await source.repositoryErrors();
    return rows.map((row) =>
      toStackJson({
        row,
        open: open.get(row.name) ?? [],
        last: last.get(row.name) ?? null,
        check: checks.get(row.name) ?? null,
        needs: needs.get(row.name)?.map((one) => one.needs) ?? [],
        repositoryError: errors.get(row.repository) ?? null,
      }),
    );
  }
}
