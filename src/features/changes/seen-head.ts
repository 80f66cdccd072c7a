import type { LoadedGraph } from '../stacks/index.ts';
import type { ChangedStack } from './detect-changes.ts';

/** A head as it was read. */
export interface SeenHead {
  readonly before: LoadedGraph | null;
  readonly after: LoadedGraph;
  readonly changed: readonly ChangedStack[];
  /** Stacks of which the graphs differ, where the one before is what this process wrote last; null: any may. */
  readonly moved: ReadonlySet<string> | null;
  readonly renamed: ReadonlyMap<string, string>;
  readonly by: { readonly author: string; readonly message: string };
}
