import type { StackTable } from '../../platform/db/schema.ts';
import type { Tx } from '../runs/index.ts';
import type { LoadedGraph, StackNode, StackStore } from '../stacks/index.ts';

export interface HeadRowsQuestion {
  readonly repository: string;
  readonly after: LoadedGraph;
  readonly changed: readonly { readonly name: string }[];
  /**
   * Stacks of which the head's graph differs from that of the head which this process wrote last; null where that is not
   * known.
   */
  readonly moved: ReadonlySet<string> | null;
}

/** What is to be decided of a head. */
export interface HeadRows {
  /** Of every stack of `nodes` that has one, and of those that the head does not have. */
  readonly rows: readonly StackTable[];
  /** Stacks of the head whose row may have to be another one. */
  readonly nodes: ReadonlyMap<string, StackNode>;
}

/**
 * The rows that a head may mean something for. Where the head before was written by this process, they are those of stacks
 * that differ, and those that are held or waiting to be destroyed: all others are as they were left, and if their number
 * says that somebody else has meddled since, every row is read.
 */
export async function readHeadRows(stacks: StackStore, tx: Tx, question: HeadRowsQuestion): Promise<HeadRows> {
  const { repository, after, changed, moved } = question;
  const all = after.graph.stacks;
  if (moved !== null) {
    const touched = new Set([...moved, ...changed.map(({ name }) => name)]);
    const rows = await stacks.unsettled(tx, repository, [...touched]);
    const names = [...new Set([...touched, ...rows.map(({ name }) => name)])].sort();
    const nodes = new Map(names.flatMap((name) => nodeOf(after, name)));
    const others = (await stacks.countSettled(tx, repository)) - rows.filter(isSettled).length;
    if (others === all.size - nodes.size) return { rows, nodes };
  }
  return { rows: await stacks.ofRepository(tx, repository), nodes: all };
}

function nodeOf({ graph }: LoadedGraph, name: string): [string, StackNode][] {
  const node = graph.stacks.get(name);
  return node ? [[name, node]] : [];
}

function isSettled(row: StackTable): boolean {
  return row.held === null && row.deleted_at === null;
}

/** Rows of which the head has no stack at their place: only for these it matters what they stand for. */
export function displacedNames(rows: readonly StackTable[], { graph }: LoadedGraph): string[] {
  const isThere = (row: StackTable) => {
    const entry = graph.stacks.get(row.name)?.entry;
    return entry !== undefined && entry.dir === row.dir && entry.workspace === row.workspace;
  };
  return rows.filter((row) => row.retired_at === null && !isThere(row)).map(({ name }) => name);
}
