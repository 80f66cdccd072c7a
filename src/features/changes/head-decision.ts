import type { StackTable } from '../../platform/db/schema.ts';
import type { AffectedStack, DeletedStack, GoneStack } from '../runs/index.ts';
import type { LoadedGraph, StackNode } from '../stacks/index.ts';
import type { ChangedStack } from './detect-changes.ts';

/** What a head is compared with. */
export interface HeadInput {
  readonly repository: string;
  /** Rows of the repository, deleted ones too; without those of stacks that are as they were. */
  readonly rows: readonly StackTable[];
  /** Stacks of the head that something is to be decided for. */
  readonly nodes: ReadonlyMap<string, StackNode>;
  /** Names at the head that other repositories have, with theirs. */
  readonly taken: ReadonlyMap<string, string>;
  readonly after: LoadedGraph;
  /** The graph of the head before; null on first sight, and where its commit is gone. */
  readonly before: LoadedGraph | null;
  readonly changed: readonly ChangedStack[];
  /** Directories that git sees moved, old to new. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Names that have (or may have) a state although nothing was applied to its end. */
  readonly bound: ReadonlySet<string>;
  /** Names with a run that a worker holds, or that was approved. */
  readonly busy: ReadonlySet<string>;
  /** More stacks deleted at once are held (`limits.deletions`). */
  readonly maxDeletions: number;
  readonly makesRuns: boolean;
  readonly by: { readonly author: string; readonly message: string };
  readonly at: number;
}

/** What a processed head means for the rows of stacks, and which of them get a run. */
export interface HeadDecision {
  /** Names whose state goes on under another one: done before the rows are written. */
  readonly moves: readonly { readonly from: string; readonly to: string }[];
  readonly rows: readonly StackTable[];
  readonly affected: readonly AffectedStack[];
  /** Stacks for which nothing may be planned now, each with why. */
  readonly gone: readonly GoneStack[];
  /** Stacks of which a destroy is to be planned. */
  readonly deleted: readonly DeletedStack[];
  /** Deleted stacks whose destroy is held back. */
  readonly heldBack: readonly string[];
  readonly problems: readonly string[];
}

/** Whether there is something in the world under this name, as far as anybody knows. */
export function isBound({ bound }: Pick<HeadInput, 'bound'>, row: StackTable | undefined): boolean {
  return row !== undefined && row.retired_at === null && (row.applied_commit !== null || bound.has(row.name));
}

/** Whether a row and a place at a head are the same directory and workspace. */
export function isSamePlace(
  row: Pick<StackTable, 'dir' | 'workspace'>,
  entry: { readonly dir: string; readonly workspace: string },
): boolean {
  return row.dir === entry.dir && row.workspace === entry.workspace;
}
