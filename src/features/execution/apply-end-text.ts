import type { ApplyEnd, NextStep } from './apply-end.ts';
import type { ApplyOutcomeRequest } from './apply-protocol.ts';

/** Of what the worker told, the parts that people read. */
export type ToldEnd = Pick<
  ApplyOutcomeRequest,
  'exit_code' | 'planned' | 'completed' | 'errored' | 'unfinished' | 'diagnostics' | 'error' | 'notes'
>;

export interface EndAbout {
  readonly run: string;
  readonly stack: string;
  /** How many resources are in the orphan ledger. */
  readonly orphans: number;
  readonly isOwnState: boolean;
}

const NAMED = 5;

/** What may be done next without harm, in one or two sentences; null where nothing has to be. Pure. */
export function nextStepText(end: ApplyEnd, told: ToldEnd | null, about: EndAbout): string | null {
  const text = NEXT[end.next](about);
  const doubtful = unfinishedText(told);
  if (text === null) return null;
  return end.blocks && doubtful !== null ? `${doubtful}; ${text}` : text;
}

const NEXT: Readonly<Record<NextStep, (about: EndAbout) => string | null>> = {
  none: () => null,
  again: () => null,
  retry: ({ run }) => `nothing was changed, so retry is safe: holdfast retry ${run}`,
  plan_first: ({ run }) => `plan first, and read what is left to do: holdfast retry ${run}`,
  look: ({ run, stack }) =>
    `read the log (holdfast logs ${run}) and look at what is there, import what no state knows, plan first (holdfast plan ${stack}), then: ${unblock(stack)}`,
  import: ({ run, stack, isOwnState }) =>
    `${isOwnState ? '' : 'Holdfast cannot read this backend: see `terraform state list`; '}import these (the blocks are in: holdfast run ${run}), push, plan first, then: ${unblock(stack)}`,
  push_state: ({ run, stack, isOwnState }) =>
    isOwnState
      ? `compare the stored state (holdfast state pull ${stack}) with the one that was not saved (holdfast state pull ${stack} --run ${run}); make that one current (holdfast state restore ${stack} --run ${run}) or import what is missing; plan; then: ${unblock(stack)}`
      : `the state lies in a backend of its own: \`holdfast state pull ${stack} --run ${run} > errored.tfstate\`, then \`terraform state push errored.tfstate\` in its directory, or import what is missing; plan; then: ${unblock(stack)}`,
  unlock_foreign: ({ run, stack }) =>
    `its lock may be left in the backend (holdfast unlock ${stack} shows the line that frees it); plan first: holdfast retry ${run}`,
};

/** One sentence why it ended as it did: how much was done, and the first thing that went wrong. Pure. */
export function reasonText(end: ApplyEnd, told: ToldEnd | null): string {
  const why = whyText(end, told);
  const done = doneText(end, told);
  return done === null ? why : `${done}: ${why}`;
}

/** The first thing that went wrong, without how far it came. Pure. */
export function whyText(end: ApplyEnd, told: ToldEnd | null): string {
  const first = told?.diagnostics.find(({ severity }) => severity === 'error');
  return told?.error ?? first?.summary ?? WHY[end.row] ?? exitText(told);
}

/** What the row itself says, where neither terraform nor the worker said anything. */
const WHY: Readonly<Record<string, string>> = {
  'given up': 'nobody knows how it ended',
  'stream lost': "the engine's output is gone, so nobody knows what was made",
  'success that is not stored': 'terraform says that it saved everything, and the stored state does not have it',
  'never started, interrupted': 'the engine never started, and its worker was silent for too long',
  'never started, too often': 'the engine could not be started, however often it was tried',
};

function exitText(told: ToldEnd | null): string {
  const code = told?.exit_code ?? null;
  if (code === null) return 'the engine is gone, and nobody knows its exit code';
  return code > 128 ? `the engine was killed by signal ${code - 128}` : `the engine ended with exit code ${code}`;
}

function doneText(end: ApplyEnd, told: ToldEnd | null): string | null {
  if (told === null || end.end === 'failed_before_change' || told.completed.length + told.planned === 0) return null;
  return told.planned === 0
    ? `${told.completed.length} changes done`
    : `${told.completed.length} of ${told.planned} changes done`;
}

function unfinishedText(told: ToldEnd | null): string | null {
  const begun = told?.unfinished.filter(({ action }) => action === 'create' || action === 'replace') ?? [];
  if (begun.length === 0) return null;
  const names = begun.slice(0, NAMED).map(({ address }) => address);
  const more = begun.length > NAMED ? ` and ${begun.length - NAMED} more` : '';
  return `${names.join(', ')}${more} may exist without being in any state: begun, and never said to be made`;
}

function unblock(stack: string): string {
  return `holdfast unblock ${stack} --reason …`;
}
