import type { GitObjects } from '../../platform/git/git-objects.ts';
import type { HeadToProcess } from '../repos/index.ts';
import type { RunSpec, Tx } from '../runs/index.ts';
import type { ReadRepositoryConfig } from '../stacks/index.ts';

/** A commit as the graph is to see it. `commit` may be another name than git's, for these objects alone. */
export interface OverlaidCommit {
  readonly objects: GitObjects;
  readonly commit: string;
  /** A run's spec with what it needs to know beyond its files. */
  amend(spec: RunSpec): RunSpec;
}

/** A head, and the last processed one as it was seen then. */
export interface OverlaidHead extends OverlaidCommit {
  readonly base: string | null;
  readonly problems: readonly string[];
  /** Stacks that only become known: nothing is planned for them. */
  readonly silent: ReadonlySet<string>;
  /** In the transaction that makes the head the processed one. */
  save(tx: Tx): Promise<void>;
}

/** Puts over commits what is not in Git and still belongs to them: stacks that apps synthesise. */
export interface HeadOverlay {
  ofHead(head: HeadToProcess): Promise<OverlaidHead>;
  at(at: {
    readonly repository: string;
    readonly commit: string;
    readonly objects: GitObjects;
  }): Promise<OverlaidCommit>;
  /** Reads the holdfast.yaml of such commits. */
  reader(read: ReadRepositoryConfig): ReadRepositoryConfig;
  /** After the transaction. */
  ring(): void;
}

/** Commits as they are. */
export const noOverlay: HeadOverlay = {
  ofHead: async ({ mirror, commit, base }) => ({
    objects: mirror,
    commit,
    base,
    problems: [],
    silent: new Set(),
    amend: (spec) => spec,
    save: async () => {},
  }),
  at: async ({ objects, commit }) => ({ objects, commit, amend: (spec) => spec }),
  reader: (read) => read,
  ring: () => {},
};
