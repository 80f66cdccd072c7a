import type { RunStore } from '../runs/index.ts';
import { artifactAbout } from './artifact-about.ts';
import type { ArtifactIntake, LogKeeper } from './execution-ports.ts';
import type { OutcomeRequest } from './protocol.ts';

interface OutcomeFileDeps {
  readonly runs: Pick<RunStore, 'find' | 'spec'>;
  readonly artifacts: Pick<ArtifactIntake, 'receive'>;
  readonly logs: Pick<LogKeeper, 'append'>;
}

/**
 * Keeps a small log and a small plan that came with their outcome, for the attempt that holds the run: before the outcome is
 * recorded, as if they had been sent before, so that whoever follows the log sees all of it. Answers the SHA-256 of the plan
 * where it was kept now; null: what was received before counts.
 */
export async function keepOutcomeFiles(
  { runs, artifacts, logs }: OutcomeFileDeps,
  id: string,
  { attempt, log, plan, engine_version, tree_digest }: OutcomeRequest,
): Promise<string | null> {
  if (log === undefined && plan === undefined) return null;
  const run = await runs.find(id);
  if (run?.attempt !== attempt || run.lease_until === null) return null;
  if (log !== undefined) await storeLog(logs, id, Buffer.from(log));
  const spec = plan === undefined ? null : await runs.spec(run.spec_digest);
  if (plan === undefined || !spec) return null;
  const about = artifactAbout(run, spec, 'plan', { engine: engine_version, tree: tree_digest ?? null });
  return (await artifacts.receive(about, [Buffer.from(plan, 'base64')])).digest;
}

/** What an earlier try has stored already is left out. */
async function storeLog(logs: OutcomeFileDeps['logs'], id: string, bytes: Buffer): Promise<void> {
  const { ok, size } = await logs.append(id, 0, bytes);
  if (!ok && size < bytes.length) await logs.append(id, size, bytes.subarray(size));
}
