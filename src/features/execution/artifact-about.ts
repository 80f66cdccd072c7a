import type { RunTable } from '../../platform/db/schema.ts';
import type { RunSpec } from '../runs/index.ts';

/** What an artifact is sealed with, and therefore opened with: the same for all of a run's attempts, but for the attempt. */
export function artifactAbout(run: RunTable, spec: RunSpec, kind: string) {
  const engine = `${spec.engine.name} ${spec.engine.version ?? ''}`.trim();
  const { id, attempt, stack, commit_sha: commit } = run;
  return { run: id, attempt, kind, stack, commit, engine, spec: `${run.kind} ${run.spec_digest}` };
}
