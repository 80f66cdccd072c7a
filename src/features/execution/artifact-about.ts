import type { RunTable } from '../../platform/db/schema.ts';
import type { RunSpec } from '../runs/index.ts';

/** What an artifact is sealed with, and therefore opened with: the same for all of a run's attempts, but for the attempt. */
export function artifactAbout(run: RunTable, spec: RunSpec, kind: string) {
  const engine = `${spec.engine.name} ${spec.engine.version ?? ''}`.trim();
  return { run: run.id, attempt: run.attempt, kind, stack: run.stack, commit: run.commit_sha, engine };
}
