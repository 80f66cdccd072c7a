import type { RunTable } from '../../platform/db/schema.ts';
import type { RunSpec } from '../runs/index.ts';

/**
 * What an artifact is sealed with, and therefore opened with: the same for all of a run's attempts, but for the attempt.
 * `madeBy` is the engine's version as its worker tells it with the bytes; afterwards it is the recorded one, so that a plan
 * is opened for no other version than the one that made it.
 */
export function artifactAbout(run: RunTable, spec: RunSpec, kind: string, madeBy = run.engine_version) {
  const engine = `${spec.engine.name} ${madeBy ?? spec.engine.version ?? ''}`.trim();
  const { id, attempt, stack, commit_sha: commit } = run;
  return { run: id, attempt, kind, stack, commit, engine, spec: `${run.kind} ${run.spec_digest}` };
}
