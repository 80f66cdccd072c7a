import { createReadStream } from 'node:fs';
import { access, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApplyOutcomeRequest } from '../../src/features/execution/apply-protocol.ts';
import { HoldfastError, messageOf } from '../../src/kernel/errors.ts';
import { isTaken } from '../control/answer-error.ts';
import { boundText } from '../plan/bounded-text.ts';
import { judgeEnd } from '../steps/judge-plan.ts';
import { lastWords } from '../steps/plan-outcome.ts';
import { nameFaults } from '../synth/construct-paths.ts';
import type { ApplyContext, ApplyEnd, ApplyStep } from './apply-context.ts';
import { type ApplyLedger, createLedger } from './apply-ledger.ts';
import { neverStarted } from './apply-outcome.ts';
import { findErroredState, readErroredState } from './errored-state.ts';
import { planFileOf } from './plan-file-step.ts';

const CUT =
  "the engine's output is cut off, as on a full disk: what it printed at the end is lost, and more may have been made than it says";
const LOST_SIGNAL = 'the wish to cancel was lost with a worker that died before it signalled: no other signal was sent';

/** Says how the apply ended, after a state that could not be saved is in safe hands. */
export const applyOutcomeStep: ApplyStep = {
  name: 'outcome',
  async run(context) {
    const { assignment, facts, adopted } = context;
    const end = facts.applyEnd;
    if (!end) throw new HoldfastError('internal', 'an apply has to be made before its outcome');
    // Clear text that nobody needs any more.
    await rm(planFileOf(context), { force: true });
    if (end.evidence === 'never_started') {
      const error = end.startError === null ? null : `nothing was applied: ${end.startError}`;
      facts.applyOutcome = neverStarted({ attempt: assignment.attempt, adopted, error, facts });
      return 'done';
    }
    const ledger = await readLedger(context, end);
    if (end.signal === 'meant' && !ledger.wasInterrupted) facts.notes.push(LOST_SIGNAL);
    const errored_state = await captureState(context, end, ledger);
    facts.applyOutcome = await outcomeOf(context, { end, ledger, errored_state });
    if (facts.notes.includes(CUT)) context.say(`${CUT[0]?.toUpperCase()}${CUT.slice(1)}.`);
    context.say(endLine(end, isSignalled(end, ledger)));
    return 'done';
  },
};

async function outcomeOf(
  context: ApplyContext,
  told: { end: ApplyEnd; ledger: ApplyLedger; errored_state: ApplyOutcomeRequest['errored_state'] },
): Promise<ApplyOutcomeRequest> {
  const { assignment, facts, adopted, paths } = context;
  const { end, ledger, errored_state } = told;
  const { engineVersion, hasDump: _printed, isCut: _cut, isUnsaved: _said, wasInterrupted: _got, ...rest } = ledger;
  const { plainLines, ...ends } = rest;
  const isCut = isStreamCut(end, ledger);
  if (isCut) facts.notes.push(CUT);
  const error =
    isCut && end.exitCode !== 0
      ? CUT
      : await problemOf(end, ledger, () => lastWords(context, { end, told: { plainLines } }));
  return {
    ...ends,
    ...(isCut ? { stream_lost: true } : {}),
    diagnostics: await nameFaults(ends.diagnostics, paths.stackDir),
    attempt: assignment.attempt,
    evidence: end.evidence,
    exit_code: end.exitCode,
    engine_version: engineVersion ?? facts.engine?.version ?? null,
    errored_state,
    signalled: isSignalled(end, ledger),
    adopted,
    error: error === null ? null : boundText(error, 16_384),
    // The object itself: the last step's time is added when it is over.
    timings: facts.timings,
    notes: facts.notes.slice(0, 50).map((note) => boundText(note, 1000)),
  };
}

/** terraform that ends by itself says why: where it did not, or left half a line, the disk took no more of its output. */
function isStreamCut(
  { exitCode }: ApplyEnd,
  { isCut, hasDump, change_summary, diagnostics, wasInterrupted, ...told }: ApplyLedger,
) {
  if (told.stream_lost === true || hasDump) return false;
  const hasBegun = told.completed.length + told.errored.length + told.unfinished.length > 0;
  const isSilent = change_summary === null && !diagnostics.some(({ severity }) => severity === 'error');
  return isCut || (exitCode === 1 && hasBegun && isSilent && !wasInterrupted) || (exitCode === 0 && isSilent);
}

/** A sentence for people where terraform itself said nothing of why; null where it did, or came to its end. */
async function problemOf(
  end: ApplyEnd,
  ledger: ApplyLedger,
  lastWordsOf: () => Promise<string>,
): Promise<string | null> {
  if (ledger.change_summary !== null && (end.exitCode === 0 || end.exitCode === null)) return null;
  const verdict = judgeEnd({ end: { exitCode: end.exitCode, stopped: null }, planTimeoutMs: 0 });
  if (verdict && 'error' in verdict) return verdict.error;
  if (ledger.diagnostics.some(({ severity }) => severity === 'error')) return null;
  if (end.exitCode === 0) return 'the engine ended with exit code 0, but without a summary of what it did';
  return lastWordsOf();
}

async function readLedger({ assignment, facts, paths }: ApplyContext, end: ApplyEnd): Promise<ApplyLedger> {
  const mask = facts.mask ?? ((text: string) => text);
  const ledger = createLedger({ dir: assignment.dir, work: paths.work, mask });
  try {
    for await (const chunk of createReadStream(end.outFile, { highWaterMark: 128 * 1024 })) {
      ledger.push(chunk as Buffer);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    facts.notes.push("the engine's output is gone: nobody knows what was made");
    return { ...ledger.end(), stream_lost: true };
  }
  return ledger.end();
}

/** Sends it before the outcome, once: the mark tells a later life that it was stored. */
async function captureState(
  context: ApplyContext,
  end: ApplyEnd,
  { hasDump, isUnsaved }: ApplyLedger,
): Promise<ApplyOutcomeRequest['errored_state']> {
  const { paths, facts } = context;
  const mark = join(paths.runDir, 'errored-state-kept');
  if (await isThere(mark)) return 'captured';
  const found = await findErroredState({ stackDir: paths.stackDir, ...end, hasDump });
  if (found === null && (await isThere(rescuedFile(context)))) return 'unreadable';
  if (found === null && !isUnsaved) return 'none';
  try {
    // terraform says that it wrote the file also where it could not make it: in a directory that is gone, on a full disk.
    if (found === null)
      throw new HoldfastError('invalid', 'terraform says that it wrote errored.tfstate, which is not there');
    if (found === 'unreadable') throw new HoldfastError('invalid', 'terraform wrote only a part of it');
    await context.sendErroredState(() => ({ stream: readErroredState(found), size: found.to - found.from }));
    await writeFile(mark, '', { mode: 0o600 });
    return 'captured';
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.treatment.kind === 'retry' || isTaken(error)) throw error;
    const reason = (facts.mask ?? String)(messageOf(error));
    context.log.error({ reason }, 'a state that could not be saved is not taken by the control plane either');
    // By its name alone: the disk may be full. The session keeps the run's directory.
    await rename(join(paths.stackDir, 'errored.tfstate'), rescuedFile(context)).catch(() => {});
    facts.notes.push(
      `what terraform could not save lies on the worker, under ${join(paths.root, 'rescued')}: ${reason}`,
    );
    return 'unreadable';
  }
}

const rescuedFile = ({ paths }: ApplyContext) => join(paths.runDir, 'errored.tfstate');

/** A worker that died while it sent the signal does not know; terraform does. */
function isSignalled({ signal }: ApplyEnd, { wasInterrupted }: ApplyLedger): boolean {
  return signal === 'sent' || (signal === 'meant' && wasInterrupted);
}

function endLine({ evidence, exitCode }: ApplyEnd, signalled: boolean): string {
  const asked = signalled ? ' after it was asked to stop' : '';
  if (evidence === 'vanished') return `The engine is gone${asked}; nobody knows its exit code.`;
  return `The engine ended with exit code ${exitCode}${asked}.`;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
