import type { ApiDeps } from '../api/api-deps.ts';
import type { ChangeService } from '../features/changes/index.ts';
import type { RepoMirrors, SqlRepoStore } from '../features/repos/index.ts';
import type { HeadOf, RunService, StackAtHead } from '../features/runs/index.ts';
import type { StackReader } from '../features/stacks/index.ts';
import { HoldfastError } from '../kernel/errors.ts';

export interface StackSources {
  readonly stacks: StackReader;
  readonly repositories: SqlRepoStore;
  readonly mirrors: RepoMirrors;
  readonly changes: ChangeService;
}

export interface ManualRunOptions extends StackSources {
  readonly runs: RunService;
}

/** Queues what a person asks for: a plan at the head, or (`ref`) of any commit of the repository, which only shows. */
export function createRunRequester(options: ManualRunOptions): ApiDeps['requestRun'] {
  return async ({ stack, ref, kind }, principal) => {
    refuseLater(kind);
    const { head, ...found } = await stackAt(options, stack, ref);
    return options.runs.request({ ...found, kind, speculative: found.commit !== head }, principal.actor);
  };
}

/** Reads a stack at the last processed head of its repository: what a plan that is made again stands on. */
export function createHeadReader(sources: StackSources): HeadOf {
  return (stack) => stackAt(sources, stack, null);
}

/** A stack at a commit of its repository (null: the head), which is kept from now on. */
async function stackAt(
  sources: StackSources,
  stack: string,
  ref: string | null,
): Promise<StackAtHead & { readonly head: string | null }> {
  const row = await sources.stacks.get(stack);
  if (!row) throw unknownStack(stack);
  const { repository } = row;
  const head = (await sources.repositories.find(repository))?.processed_commit ?? row.head_commit;
  const objects = await sources.mirrors.of(repository);
  const commit = ref === null ? head : await objects.resolve(ref);
  if (commit === null) throw unknownRef(ref, repository);
  await sources.mirrors.keepCommit(repository, commit);
  const { author, subject } = await objects.commitInfo(commit);
  const found = await sources.changes.stackAt({ repository, commit, objects }, stack);
  return { head, repository, commit, author, message: subject, stack: found };
}

function refuseLater(kind: string): void {
  if (kind === 'plan') return;
  throw new HoldfastError('invalid', `a run of kind "${kind}" cannot be asked for in this version`, {
    treatment: { kind: 'human', wayOut: 'plans can; drift, destroy and refresh come with applies' },
  });
}

function unknownStack(stack: string): HoldfastError {
  return new HoldfastError('not_found', `there is no stack "${stack}"`, {
    treatment: { kind: 'human', wayOut: 'list them with: holdfast stacks' },
  });
}

function unknownRef(ref: string | null, repository: string): HoldfastError {
  return new HoldfastError('not_found', `"${ref}" is no commit, branch or tag of repository "${repository}"`, {
    treatment: { kind: 'human', wayOut: 'push it first; a branch is seen with the next poll' },
  });
}
