import type { ApiDeps } from '../api/api-deps.ts';
import type { ChangeService } from '../features/changes/index.ts';
import type { RepoMirrors, SqlRepoStore } from '../features/repos/index.ts';
import type { HeadOf, ManualRequest, RunService, RunStore, StackAtHead, StackMarks } from '../features/runs/index.ts';
import type { StackReader } from '../features/stacks/index.ts';
import { HoldfastError } from '../kernel/errors.ts';
import type { Database } from '../platform/db/open-database.ts';
import type { RunTable } from '../platform/db/schema.ts';

export interface StackSources {
  readonly stacks: StackReader;
  readonly repositories: SqlRepoStore;
  readonly mirrors: RepoMirrors;
  readonly changes: ChangeService;
}

export interface ManualRunOptions extends StackSources {
  readonly db: Database;
  readonly runs: RunService;
  readonly runStore: Pick<RunStore, 'spec'>;
  readonly marks: Pick<StackMarks, 'find' | 'lastApplied'>;
  /** Asks for a drift check; null where nothing was ever applied. */
  readonly check: (stack: string, actor: string) => Promise<RunTable | null>;
}

/**
 * Queues what a person asks for: a plan or a refresh at the head, or (`ref`) of any commit of the repository, which only
 * shows; or a destroy, at the last applied commit with what was applied.
 */
export function createRunRequester(options: ManualRunOptions): ApiDeps['requestRun'] {
  return async ({ stack, ref, kind }, principal) => {
    if (kind === 'drift') return checkOf(options, { stack, ref }, principal.actor);
    if (kind === 'destroy') return options.runs.request(await destroyOf(options, stack, ref), principal.actor);
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
  refuseGone(row);
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

/** What a destroy by hand stands on: the last applied commit and its spec; where nothing was applied, the head. */
async function destroyOf(options: ManualRunOptions, stack: string, ref: string | null): Promise<ManualRequest> {
  if (ref !== null) throw refDestroy(stack);
  const { db, marks, runStore } = options;
  const mark = await marks.find(db, stack);
  if (!mark) throw unknownStack(stack);
  const applied = await marks.lastApplied(db, stack);
  const spec = applied && (await runStore.spec(applied.specDigest));
  if (!applied || !spec) {
    const { head: _head, ...found } = await stackAt(options, stack, null);
    return { ...found, kind: 'destroy', speculative: false };
  }
  const { repository } = mark;
  await options.mirrors.keepCommit(repository, applied.commit);
  const { author, subject } = await (await options.mirrors.of(repository)).commitInfo(applied.commit);
  return {
    ...{ kind: 'destroy', speculative: false, repository, commit: applied.commit, author, message: subject },
    stack: { entry: mark.entry, spec, inputsDigest: applied.specDigest, reasons: [], unreadable: null },
  };
}

/** Of a held stack nobody knows that its name and its directory belong together: a plan could create everything anew. */
function refuseGone({
  name,
  held,
  deleted_at: deletedAt,
}: {
  name: string;
  held: string | null;
  deleted_at: string | null;
}) {
  if (deletedAt !== null) {
    throw new HoldfastError(
      'conflict',
      `the directory of stack ${name} is gone from the head: there is nothing to plan`,
      {
        treatment: { kind: 'human', wayOut: `to destroy what it made: holdfast plan ${name} --destroy` },
      },
    );
  }
  if (held === null) return;
  throw new HoldfastError('conflict', `stack ${name} is held: ${held}`, {
    treatment: { kind: 'human', wayOut: 'push (or do) what it says; then it is planned by itself' },
  });
}

/** A check stands on what was applied last, whatever the head is. */
async function checkOf(
  { check }: ManualRunOptions,
  { stack, ref }: { readonly stack: string; readonly ref: string | null },
  actor: string,
): Promise<RunTable> {
  if (ref !== null) {
    throw new HoldfastError('invalid', `a drift check of "${stack}" takes no ref: it reads the last applied commit`);
  }
  const run = await check(stack, actor);
  if (run) return run;
  throw new HoldfastError('conflict', `stack "${stack}" was never applied: there is nothing to compare with`, {
    treatment: { kind: 'human', wayOut: `plan it (holdfast plan ${stack}) and approve the plan` },
  });
}

function refDestroy(stack: string): HoldfastError {
  return new HoldfastError(
    'invalid',
    `a destroy of stack ${stack} is planned at its last applied commit, not at a ref`,
    {
      treatment: { kind: 'human', wayOut: `leave the ref out: holdfast plan ${stack} --destroy` },
    },
  );
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
