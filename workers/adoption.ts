import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdoptResponse } from '../src/features/execution/adopt-protocol.ts';
import { type Clock, sleep } from '../src/kernel/clock.ts';
import { HoldfastError, messageOf } from '../src/kernel/errors.ts';
import type { Logger } from '../src/kernel/logger.ts';
import { layVoid, observe } from '../src/platform/process/call-directory.ts';
import { waitForEnd } from '../src/platform/process/engine-end.ts';
import { judge } from '../src/platform/process/process-evidence.ts';
import {
  listCalls,
  listRunDirectories,
  markedAt,
  markRun,
  type RunDirectory,
  readAttempt,
  recordAttempt,
} from '../src/platform/process/run-directory.ts';
import { type SettledVerdict, settleEvidence } from '../src/platform/process/settle-evidence.ts';
import { stopPlan } from '../src/platform/process/stop-plan.ts';
import { neverStarted } from './apply/apply-outcome.ts';
import type { StrayStates } from './apply/stray-states.ts';
import { isUnsearched } from './apply/unsearched.ts';
import type { ApplyClient } from './control/apply-client.ts';
import type { ControlClient } from './control/control-client.ts';
import { type RetryOptions, retryForever } from './control/retry.ts';
import { bareOutcome } from './run/bare-outcome.ts';
import type { CarriedRun } from './run/session-deps.ts';
import type { WorkingCopies } from './working-copies.ts';

const DAY_MS = 86_400_000;

export interface AdoptionDeps {
  readonly root: string;
  readonly worker: string;
  readonly client: ControlClient;
  readonly applies: ApplyClient;
  readonly copies: WorkingCopies;
  readonly strays: Pick<StrayStates, 'follow'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retry: RetryOptions;
  /** Carries on with a run that was adopted. */
  readonly carry: (run: CarriedRun) => void;
}

/** What could not be adopted (a full disk) is tried again after so long, and then ever less often. */
const AGAIN_MS = { first: 5000, longest: 300_000 };

/**
 * Looks through a root as it was left and offers every run whose outcome is not acknowledged, oldest first. What was never
 * started is given back beside the others, and what cannot be adopted now is tried again beside them: no run waits for another.
 */
export async function adoptRuns(deps: AdoptionDeps): Promise<void> {
  const failed: RunDirectory[] = [];
  for (const directory of await listRunDirectories(deps.root)) {
    if (!(await tryToAdopt(directory, deps))) failed.push(directory);
  }
  if (failed.length > 0) void adoptAgain(failed, deps);
}

async function adoptAgain(directories: readonly RunDirectory[], deps: AdoptionDeps): Promise<void> {
  let left = directories;
  for (let pauseMs = AGAIN_MS.first; left.length > 0; pauseMs = Math.min(AGAIN_MS.longest, pauseMs * 2)) {
    await sleep(deps.clock, pauseMs, deps.retry.signal);
    if (deps.retry.signal?.aborted) return;
    const failed: RunDirectory[] = [];
    for (const directory of left) if (!(await tryToAdopt(directory, deps))) failed.push(directory);
    left = failed;
  }
}

/** False where it has to be tried again. */
async function tryToAdopt(directory: RunDirectory, deps: AdoptionDeps): Promise<boolean> {
  return isDone(directory, deps, async () => {
    if (await removeSpent(directory, deps.root, deps.clock)) return;
    const giveBack = await adoptRun(directory, deps);
    if (giveBack) void giveBackBeside(directory, deps, giveBack);
  });
}

async function giveBackBeside(directory: RunDirectory, deps: AdoptionDeps, giveBack: () => Promise<void>) {
  if (!(await isDone(directory, deps, giveBack))) await adoptAgain([directory], deps);
}

async function isDone(directory: RunDirectory, deps: AdoptionDeps, act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    // As long as its engine runs: nothing else waits for that.
    if ((await markedAt(directory, 'fenced')) !== null) void deps.strays.follow(directory);
    return true;
  } catch (error) {
    if (deps.retry.signal?.aborted) return false;
    const facts = { run: directory.run, reason: messageOf(error) };
    deps.logger.error(facts, 'a run directory could not be adopted; it is tried again');
    return false;
  }
}

/** Removes what a life of many days leaves: acknowledged directories at once, fenced ones after a day. */
export async function removeSpentRuns(root: string, clock: Clock, logger: Logger): Promise<void> {
  for (const directory of await listRunDirectories(root)) {
    await removeSpent(directory, root, clock).catch((error) => {
      logger.warn({ run: directory.run, reason: messageOf(error) }, 'could not remove a spent run directory');
    });
  }
}

/** True where the directory is nobody's business any more: acknowledged, or fenced and kept for a day. */
async function removeSpent(directory: RunDirectory, root: string, clock: Clock): Promise<boolean> {
  const fencedAt = await markedAt(directory, 'fenced');
  const isAcked = (await markedAt(directory, 'acked')) !== null;
  if (!isAcked && fencedAt !== null && ((await stillRuns(directory)) || isUnsearched(directory.path))) return true;
  if (isAcked || (fencedAt !== null && clock.now() - fencedAt > DAY_MS)) {
    await rm(directory.path, { recursive: true, force: true });
    if (isAcked) await rm(join(root, 'tmp', directory.run), { recursive: true, force: true });
    return true;
  }
  return fencedAt !== null;
}

/** An engine that nobody may end writes its end there. */
async function stillRuns(directory: RunDirectory): Promise<boolean> {
  const { main } = await listCalls(directory);
  return main !== null && judge(await observe(main)).kind === 'running';
}

/** Answers how to give it back where nothing of it was ever started; null where it is carried, or no longer ours. */
async function adoptRun(directory: RunDirectory, deps: AdoptionDeps): Promise<(() => Promise<void>) | null> {
  const { all, main } = await listCalls(directory);
  const evidence: SettledVerdict = main ? await settleEvidence(main, deps.clock) : { kind: 'never_started' };
  const request = {
    run: directory.run,
    attempt: await readAttempt(directory),
    worker: deps.worker,
    root: deps.root,
    evidence: evidence.kind,
  };
  const spareCalls = all.filter(changesNothing);
  const answer = await unlessLost(directory, deps, spareCalls, () =>
    retryForever('adopt', () => deps.client.adopt(request), deps.retry),
  );
  if (answer === null) return null;
  // Without it a next life asks with the old attempt, and is answered the same.
  await recordAttempt(directory, answer.attempt).catch((error) => {
    deps.logger.warn({ run: directory.run, reason: messageOf(error) }, 'the attempt of a run could not be recorded');
  });
  const { assignment, attempt, log_size } = answer;
  deps.logger.info({ run: directory.run, attempt, evidence: evidence.kind }, 'run adopted');
  if (evidence.kind !== 'never_started') {
    deps.carry({ assignment, directory, attempt, adoptedLogSize: log_size });
    return null;
  }
  await endCalls(spareCalls, deps.clock);
  // Whose files they are is settled before another run of the stack is looked at.
  if (assignment.phase === 'apply') await (await deps.copies.take(assignment.work_key, directory.run, 'kept'))('keep');
  else await (await deps.copies.take(assignment.work_key, directory.run, 'fresh'))('remove');
  return async () => {
    const told = await unlessLost(directory, deps, spareCalls, () => giveBack(directory.run, answer, deps));
    if (told === null) return;
    await markRun(directory, 'acked');
    await deps.copies.throwAway(directory.path);
  };
}

/** Null where the control plane says that the run is no longer ours: its directory is kept, marked so. */
async function unlessLost<T>(
  directory: RunDirectory,
  deps: AdoptionDeps,
  spareCalls: readonly string[],
  act: () => Promise<T>,
): Promise<T | null> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof HoldfastError) || (error.code !== 'fenced' && error.code !== 'gone')) throw error;
    deps.logger.warn(
      { run: directory.run, reason: messageOf(error) },
      'a run is no longer ours; its directory is kept',
    );
    await markRun(directory, 'fenced');
    // What changes nothing only costs; an apply is never touched.
    await endCalls(spareCalls, deps.clock);
    return null;
  }
}

/** The saved plan of an apply is applied in the same files by whoever claims it next. */
async function giveBack(run: string, { assignment, attempt }: AdoptResponse, deps: AdoptionDeps): Promise<true> {
  if (assignment.phase === 'apply') {
    const told = neverStarted({ attempt, adopted: true, error: null });
    await retryForever('apply-outcome', () => deps.applies.sendOutcome(run, told), deps.retry);
  } else {
    const told = bareOutcome({ attempt, phase: 'plan', result: 'never_started', error: null });
    await retryForever('outcome', () => deps.client.sendOutcome(run, told), deps.retry);
  }
  return true;
}

const changesNothing = (call: string) => !/\/apply(-\d+)?$/.test(call);

/** Ends what still runs of calls that change nothing, and keeps late shims from starting. */
async function endCalls(calls: readonly string[], clock: Clock): Promise<void> {
  for (const call of calls) {
    const verdict = judge(await observe(call));
    if (verdict.kind === 'undecided') await layVoid(call);
    const ended = new AbortController();
    const end = waitForEnd(call, clock).finally(() => ended.abort());
    if (verdict.kind === 'running' || verdict.kind === 'undecided')
      await stopPlan({ dir: call, clock, ended: ended.signal });
    await end;
  }
}
