import { Run, type RunListItem } from '../api/contract.ts';
import { statusText } from '../api/text/status-text.ts';
import { HoldfastError } from '../kernel/errors.ts';
import type { RunStatus } from '../kernel/run-status.ts';
import type { ApiAnswer } from './api-client.ts';
import type { CommandContext } from './command.ts';
import { createProgress } from './progress.ts';
import { sleepAlive } from './sleep-alive.ts';

const POLL_MS = 700;
/** A control plane that restarts is waited for; one that stays away is not. */
const AWAY_LIMIT_MS = 120_000;
const ON_ITS_WAY: ReadonlySet<RunStatus> = new Set([
  'queued',
  'preparing',
  'planning',
  'approved',
  'applying',
  'interrupted',
]);

/** Whether nothing more will happen to a run by itself. An interrupted apply that names a next step waits for a person. */
export function isAtRest(run: Pick<RunListItem, 'status' | 'next_step'>): boolean {
  if (run.status === 'interrupted') return run.next_step !== null;
  return !ON_ITS_WAY.has(run.status);
}

/** Polls a run until it is at rest, with progress on stderr, and gives its last answer. */
export async function waitForRun(context: CommandContext, id: string): Promise<ApiAnswer<Run>> {
  const { clock, stderr } = context.deps;
  const api = await context.api();
  const progress = createProgress(stderr);
  const startedAt = clock.now();
  let answeredAt = startedAt;
  try {
    for (;;) {
      try {
        const answer = await api.get(`/api/v1/runs/${encodeURIComponent(id)}`, Run);
        if (isAtRest(answer.value)) return answer;
        answeredAt = clock.now();
        progress.update(progressText(answer.value, stderr.isTTY === true ? clock.now() - startedAt : null));
      } catch (error) {
        if (!isPassing(error) || clock.now() - answeredAt > AWAY_LIMIT_MS) throw error;
        progress.update(`${api.address} does not answer; trying again`);
      }
      await sleepAlive(clock, POLL_MS);
    }
  } finally {
    progress.end();
  }
}

function progressText(run: Run, passedMs: number | null): string {
  const [waiting] = run.waiting_for;
  const why =
    waiting === undefined ? '' : `, waiting for ${waiting.kind}${waiting.name === null ? '' : ` ${waiting.name}`}`;
  const passed = passedMs === null ? '' : ` (${Math.round(passedMs / 1000)} s)`;
  return `${run.stack}: ${statusText(run.status)}${why}${passed}`;
}

function isPassing(error: unknown): boolean {
  return error instanceof HoldfastError && (error.code === 'away' || error.code === 'busy');
}
