import type { RunTable } from '../../platform/db/schema.ts';
import type { RunSpec } from '../runs/index.ts';

/** What a worker tells with the bytes that it made, and what is recorded afterwards. */
export interface MadeBy {
  /** Version of the engine. */
  readonly engine: string | null;
  /** Digest of the files that a plan was made of; null for one by a worker that did not tell. */
  readonly tree: string | null;
}

/**
 * What an artifact is sealed with, and therefore opened with: the same for all of a run's attempts, but for the attempt.
 * `made` is as its worker tells it with the bytes; afterwards it is what is recorded, so that a plan is opened for no other
 * version than the one that made it, and for no other files than those it was made of.
 */
export function artifactAbout(
  run: RunTable,
  spec: RunSpec,
  kind: string,
  made: MadeBy = { engine: run.engine_version, tree: run.tree_digest },
) {
  const engine = `${spec.engine.name} ${made.engine ?? spec.engine.version ?? ''}`.trim();
  const { id, attempt, stack, commit_sha: commit } = run;
  const tree = kind === 'plan' ? made.tree : null;
  return { run: id, attempt, kind, stack, commit, engine, spec: `${run.kind} ${run.spec_digest}`, tree };
}
