import { HoldfastError } from '../../kernel/errors.ts';
import type { ChangeReason } from '../../kernel/stack-entry.ts';
import type { GitObjects } from '../../platform/git/git-objects.ts';
import { type BlobFacts, type GraphOptions, type ReadRepositoryConfig, unreadableText } from '../stacks/index.ts';
import { detectChanges } from './detect-changes.ts';
import { loadRange } from './load-range.ts';
import { touchedApps } from './touched-apps.ts';

export interface ChangedQuestion {
  readonly objects: GitObjects;
  /** Revisions as a user writes them. */
  readonly base: string;
  readonly head: string;
  readonly facts: BlobFacts;
  readonly readConfig: ReadRepositoryConfig;
  readonly options: GraphOptions;
}

/** The contract's `changed`, and what was odd and did not stop it. */
export interface ChangedAnswer {
  readonly base: string;
  readonly head: string;
  readonly stacks: readonly {
    readonly name: string;
    readonly dir: string;
    readonly reasons: readonly ChangeReason[];
  }[];
  readonly warnings: readonly string[];
}

/**
 * Which stacks the commits from base to head touch. A base that is no ancestor of the head is replaced by their merge
 * base. Throws `invalid` for an unknown revision or a broken holdfast.yaml at the head.
 */
export async function computeChanged(question: ChangedQuestion): Promise<ChangedAnswer> {
  const { objects, facts, readConfig, options } = question;
  const [from, head] = await Promise.all([resolve(objects, question.base), resolve(objects, question.head)]);
  const base = (await objects.mergeBase(from, head)) ?? from;
  const { before, after, changes, moved } = await loadRange({ objects, base, head, options, facts, readConfig });
  const changed = detectChanges({
    base: before?.graph ?? null,
    head: after.graph,
    files: changes,
    moved,
  });
  return {
    base,
    head,
    stacks: changed.map(({ name, dir, reasons }) => ({ name, dir, reasons })),
    warnings: [
      ...after.graph.problems,
      ...touchedApps(after, changes),
      ...changed.flatMap(({ node, name }) => {
        const text = node ? unreadableText(node) : null;
        return text === null ? [] : [`stack "${name}" cannot be planned: ${text}`];
      }),
    ],
  };
}

async function resolve(objects: GitObjects, revision: string): Promise<string> {
  const commit = await objects.resolve(revision);
  if (commit !== null) return commit;
  throw new HoldfastError('invalid', `"${revision}" is no commit of this repository`, {
    treatment: {
      kind: 'human',
      wayOut: 'name a branch, tag or commit; in a shallow clone, fetch it first (git fetch --unshallow)',
    },
  });
}
