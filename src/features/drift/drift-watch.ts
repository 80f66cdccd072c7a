import { isEnded } from '../../kernel/run-status.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { RunListener, RunTransition, Tx } from '../runs/index.ts';
import type { CheckEnd } from './check-end.ts';
import { nextSlot } from './drift-slots.ts';
import type { DriftStack, DriftStackStore, FindingStore } from './drift-store.ts';

export interface DriftWatchDeps {
  readonly stacks: DriftStackStore;
  readonly findings: FindingStore;
  readonly ends: Pick<CheckEnd, 'record'>;
  /** Takes back a check that has not started. */
  readonly supersede: (tx: Tx, run: RunTable, reason: string) => Promise<void>;
  /** `drift.every` of the server. */
  readonly everyMs: number;
  readonly chance: () => number;
  /** Something may be due now; called inside the transaction, so it must only look later. */
  readonly wake: () => void;
}

/** Sees every run: which one a check compares with from now on, and how checks end. */
export class DriftWatch implements RunListener {
  readonly #deps: DriftWatchDeps;

  constructor(deps: DriftWatchDeps) {
    this.#deps = deps;
  }

  async onTransition(tx: Tx, transition: RunTransition): Promise<void> {
    const { run, to, at } = transition;
    if (run.speculative === 1 || !isEnded(to)) return;
    this.#deps.wake();
    if (run.kind === 'drift') await this.#ends(tx, transition);
    else if (to === 'applied' || (to === 'unchanged' && run.kind !== 'refresh')) await this.#based(tx, run, at);
  }

  /** The world is as this run's commit says, as far as it is Holdfast's: the next check compares with that. */
  async #based(tx: Tx, run: RunTable, at: number): Promise<void> {
    const { stacks, findings } = this.#deps;
    for (const check of await stacks.openRuns(tx, run.stack)) {
      if (check.status === 'queued')
        await this.#deps.supersede(tx, check, `run ${run.id} changed what it would compare with`);
    }
    if (run.kind === 'destroy') {
      await findings.clearAll(tx, run.stack, at);
      await stacks.remove(tx, run.stack);
      return;
    }
    const before = await stacks.find(tx, run.stack);
    if (run.kind === 'plan') await stacks.save(tx, await this.#row(tx, before, run, at));
    // What was open is looked at again at once: whether it is put right is news.
    const isInDoubt = before !== null && (before.findings > 0 || before.status === 'error');
    if (isInDoubt) await stacks.setNext(tx, run.stack, at);
  }

  async #row(tx: Tx, before: DriftStack | null, run: RunTable, at: number): Promise<DriftStack> {
    const base = {
      repository: run.repository,
      base_run: run.id,
      base_commit: run.commit_sha,
      base_spec: run.spec_digest,
      base_inputs: run.inputs_digest,
    };
    // What was approved once stays approved where a later commit changes nothing of it.
    const base_applied = run.status === 'applied' ? 1 : (before?.base_applied ?? 0);
    if (before) return { ...before, ...base, base_applied, halted_at: null };
    const watched = await this.#deps.stacks.watched(tx, run.stack);
    const everyMs = watched?.settings?.every_ms ?? this.#deps.everyMs;
    return {
      stack: run.stack,
      ...base,
      base_applied,
      every_ms: everyMs,
      next_at: nextSlot(run.stack, everyMs, { after: at, chance: this.#deps.chance() }),
      status: 'unknown',
      turned_at: 0,
      checked_at: null,
      run: null,
      error: null,
      findings: 0,
      explained: '[]',
      told_error: null,
      halted_at: null,
    };
  }

  async #ends(tx: Tx, { run, to, at }: RunTransition): Promise<void> {
    const row = await this.#deps.stacks.find(tx, run.stack);
    // Destroyed, or applied anew, since it was asked for: it compared with what is no more.
    if (row === null || to === 'superseded') return;
    const nextAt = nextSlot(run.stack, row.every_ms, { after: at, chance: this.#deps.chance() });
    if (to === 'canceled' || run.commit_sha !== row.base_commit) await this.#deps.stacks.setNext(tx, run.stack, nextAt);
    else await this.#deps.ends.record(tx, { run, row: { ...row, next_at: nextAt }, at });
  }
}
