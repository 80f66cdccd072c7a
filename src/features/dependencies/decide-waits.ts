import type { RunStatus } from '../../kernel/run-status.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { DependencyOrder } from './dependency-order.ts';
import { isReading } from './is-reading.ts';

type WaitingRun = Pick<RunTable, 'id' | 'stack' | 'kind' | 'trigger' | 'speculative' | 'waits_on' | 'provisional'>;
type OtherRun = Pick<RunTable, 'id' | 'stack' | 'kind' | 'speculative' | 'trigger' | 'status'>;

/** An open run of another stack that comes first. */
export interface AwaitedRun {
  readonly stack: string;
  readonly run: string;
}

export interface WaitFacts {
  readonly order: DependencyOrder;
  /** `wait_for_dependencies` of the run's stack. */
  readonly waits: 'applied' | 'none';
  /** Open runs of other stacks, by stack. */
  readonly open: (stack: string) => readonly OtherRun[];
  /** Runs that it waited for until now, as they are; those that retention took are missing. */
  readonly awaited: readonly OtherRun[];
}

export interface Waits {
  /** Empty: it may be planned now. */
  readonly on: readonly AwaitedRun[];
  /** Why its plan stands on outputs that may still change. */
  readonly provisional: string | null;
}

/**
 * What a queued run waits for. A plan comes after open plans (and refreshes) of everything that its stack needs; the
 * destroy of a deleted stack after the destroys of everything that needs it. What a person asks for waits for nobody, and
 * says on what it stands. A run that is awaited always ends, or waits for a person: whichever way it ends, the wait does,
 * too, and a plan that was not applied makes those that follow provisional. Pure.
 */
export function decideWaits(run: WaitingRun, facts: WaitFacts): Waits {
  const reads = isReading(run) ? [] : readings(run, facts);
  if (isAside(run)) return { on: reads, provisional: null };
  const isManual = run.trigger === 'manual';
  if (run.kind === 'destroy')
    return { on: [...(isManual ? [] : openDestroys(run, facts)), ...reads], provisional: null };
  const awaited = openPlans(run, facts);
  if (isManual || facts.waits === 'none')
    return { on: reads, provisional: awaited.length === 0 ? null : stillOpen(awaited) };
  return { on: [...awaited, ...reads], provisional: ended(run, facts, awaited) };
}

function openPlans({ stack }: WaitingRun, { order, open }: WaitFacts): AwaitedRun[] {
  const counts = ({ kind, speculative }: OtherRun) => speculative === 0 && (kind === 'plan' || kind === 'refresh');
  return order.before(stack).flatMap((needed) => first(open(needed).filter(counts)));
}

/** Without the outputs of a state that lies elsewhere there is nothing to plan with, for nobody. */
function readings({ stack }: WaitingRun, { order, open }: WaitFacts): AwaitedRun[] {
  return order.before(stack).flatMap((needed) => first(open(needed).filter(isReading)));
}

/** Of which no push says in what order they go. */
function isAside({ speculative, kind }: WaitingRun): boolean {
  return speculative === 1 || (kind !== 'plan' && kind !== 'destroy');
}

function openDestroys({ stack }: WaitingRun, { order, open }: WaitFacts): AwaitedRun[] {
  return order.after(stack).flatMap((dependant) => first(open(dependant).filter(({ kind }) => kind === 'destroy')));
}

function first([run]: readonly OtherRun[]): AwaitedRun[] {
  return run ? [{ stack: run.stack, run: run.id }] : [];
}

/** Ends after which what follows stands on outputs that the push meant to change. */
const NOT_APPLIED: readonly RunStatus[] = ['failed', 'discarded', 'canceled', 'stale'];

/** What was awaited and ended without being applied, unless another run of that stack took its place. */
function ended(run: WaitingRun, facts: WaitFacts, still: readonly AwaitedRun[]): string | null {
  const waiting = new Set(still.map(({ stack }) => stack));
  const bad = facts.awaited.filter(
    (one) => NOT_APPLIED.includes(one.status) && !isReading(one) && !waiting.has(one.stack),
  );
  // What was said of a stack that is awaited again is over.
  const isStale = still.some(({ stack }) => run.provisional?.includes(`\`${stack}\``) === true);
  if (bad.length === 0) return isStale ? null : run.provisional;
  const names = bad.map(({ stack, id, status }) => `\`${stack}\`, whose run ${id} is ${status}`);
  return `planned against the present outputs of ${names.join(', and of ')}`;
}

function stillOpen(awaited: readonly AwaitedRun[]): string {
  const names = awaited.map(({ stack, run }) => `\`${stack}\`, whose run ${run} is still open`);
  return `planned against the present outputs of ${names.join(', and of ')}`;
}
