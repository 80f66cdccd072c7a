import type { ApiDeps } from '../api/api-deps.ts';
import type { ChangeService } from '../features/changes/index.ts';
import type { RepoMirrors, SqlRepoStore } from '../features/repos/index.ts';
import type { RunService } from '../features/runs/index.ts';
import type { StackReader } from '../features/stacks/index.ts';
import { HoldfastError } from '../kernel/errors.ts';

export interface ManualRunOptions {
  readonly stacks: StackReader;
  readonly repositories: SqlRepoStore;
  readonly mirrors: RepoMirrors;
  readonly changes: ChangeService;
  readonly runs: RunService;
}

/** Queues what a person asks for: a plan at the head, or (`ref`) of any commit of the repository, which only shows. */
export function createRunRequester(options: ManualRunOptions): ApiDeps['requestRun'] {
  return async ({ stack, ref, kind }, principal) => {
    const row = await options.stacks.get(stack);
    if (!row) throw unknownStack(stack);
    refuseLater(kind);
    const repository = await options.repositories.find(row.repository);
    const head = repository?.processed_commit ?? row.head_commit;
    const objects = await options.mirrors.of(row.repository);
    const commit = ref === null ? head : await objects.resolve(ref);
    if (commit === null) throw unknownRef(ref, row.repository);
    await options.mirrors.keepCommit(row.repository, commit);
    const info = await objects.commitInfo(commit);
    return options.runs.request(
      {
        kind,
        repository: row.repository,
        commit,
        speculative: commit !== head,
        author: info.author,
        message: info.subject,
        stack: await options.changes.stackAt({ repository: row.repository, commit, objects }, stack),
      },
      principal.actor,
    );
  };
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
