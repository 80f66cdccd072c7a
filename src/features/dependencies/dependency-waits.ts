import type { Clock } from '../../kernel/clock.ts';
import { isEnded } from '../../kernel/run-status.ts';
import type { StackEntry } from '../../kernel/stack-entry.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { RunListener, RunTransition, Tx } from '../runs/index.ts';
import { type AwaitedRun, decideWaits } from './decide-waits.ts';
import type { Dependency } from './dependency.ts';
import { type DependencyOrder, orderOf } from './dependency-order.ts';
import type { DependencyStore } from './dependency-store.ts';
import { isReading } from './is-reading.ts';

export interface DependencyWaitsDeps {
  readonly store: DependencyStore;
  readonly clock: Clock;
}

/**
 * Keeps in each queued run what it waits for, so that claims need not ask: reckoned anew in the transaction in which a run
 * of what it needs begins or ends, and by the sweep.
 */
export class DependencyWaits implements RunListener {
  readonly #deps: DependencyWaitsDeps;

  constructor(deps: DependencyWaitsDeps) {
    this.#deps = deps;
  }

  async onTransition(tx: Tx, { run, from, to }: RunTransition): Promise<void> {
    // The runs of a push are reckoned together, when all of them are there.
    const isNew = from === null && run.trigger !== 'push' && run.trigger !== 'deletion';
    const isMoved = isEnded(to) || (to === 'queued' && from !== null);
    const isAside = run.kind === 'drift' || (run.speculative === 1 && !isReading(run));
    if (isAside || !(isNew || isMoved)) return;
    if (!(await this.#deps.store.isIn(tx, run.stack))) return;
    const order = orderOf(await this.#deps.store.all(tx));
    await this.#settle(tx, order, [run.stack, ...order.before(run.stack), ...order.after(run.stack)]);
  }

  /** Reckons what every queued run waits for. */
  async settle(tx: Tx): Promise<void> {
    const all = await this.#deps.store.all(tx);
    if (all.length === 0) return;
    await this.#settle(tx, orderOf(all), namesOf(all));
  }

  async #settle(tx: Tx, order: DependencyOrder, stacks: readonly string[]): Promise<void> {
    const { store, clock } = this.#deps;
    const queued = await store.queued(tx, stacks);
    if (queued.length === 0) return;
    const around = new Set(queued.flatMap(({ stack }) => [...order.before(stack), ...order.after(stack)]));
    const open = Map.groupBy(await store.open(tx, [...around]), (run) => run.stack);
    const awaited = new Map(
      (
        await store.runs(
          tx,
          queued.flatMap((run) => awaitedOf(run).map((one) => one.run)),
        )
      ).map((run) => [run.id, run]),
    );
    const waits = new Map(
      (
        await store.rows(
          tx,
          queued.map(({ stack }) => stack),
        )
      ).map((row) => [row.name, waitsOf(row)]),
    );
    for (const run of queued) {
      const decided = decideWaits(run, {
        order,
        waits: waits.get(run.stack) ?? 'applied',
        open: (stack) => open.get(stack) ?? [],
        awaited: awaitedOf(run).flatMap((one) => awaited.get(one.run) ?? []),
      });
      await store.setWaits(tx, run, { ...decided, at: clock.now() });
    }
  }
}

/** Runs that a queued run waits for, as its row says. */
export function awaitedOf({ waits_on: waits }: Pick<RunTable, 'waits_on'>): AwaitedRun[] {
  return waits === null ? [] : (JSON.parse(waits) as AwaitedRun[]);
}

function waitsOf({ entry }: { readonly entry: string }): 'applied' | 'none' {
  return (JSON.parse(entry) as StackEntry).wait_for_dependencies;
}

function namesOf(all: readonly Dependency[]): string[] {
  return [...new Set(all.flatMap(({ stack, needs }) => [stack, needs]))];
}
