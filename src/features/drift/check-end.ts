import { toRfc3339 } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/digest.ts';
import type { PlanProjection } from '../../kernel/plan-outcome.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { News } from '../notifications/index.ts';
import type { Tx } from '../runs/index.ts';
import type { BurstWatch } from './burst-watch.ts';
import { classifyDrift } from './classify-drift.ts';
import type { DriftStack, DriftStackStore, FindingStore } from './drift-store.ts';
import { decideDriftTelling } from './drift-telling.ts';
import type { DriftChange } from './drift-verdict.ts';
import { type Finding, type Settled, settle } from './finding.ts';
import { snapshotOfError, snapshotOfTelling } from './finding-snapshot.ts';
import { applyRules } from './ignore-rules.ts';

export interface CheckEndDeps {
  readonly stacks: DriftStackStore;
  readonly findings: FindingStore;
  /** The masked projection of a run's plan. */
  readonly plans: { load(run: string): Promise<PlanProjection | null> };
  readonly bursts: Pick<BurstWatch, 'isMuted'>;
  readonly tell: (tx: Tx, news: News) => Promise<void>;
  /** Whether other checks are on their way: channels that group wait for them. */
  readonly isMoreToCome: (tx: Tx, run: RunTable) => Promise<boolean>;
  readonly newId: () => string;
}

/** A check that ended, with its stack's row (its next check is set already). */
export interface EndedCheck {
  readonly run: RunTable;
  readonly row: DriftStack;
  readonly at: number;
}

/** So much of what is no finding is kept. */
const EXPLAINED_KEPT = 50;

/** Writes what a check that ended means, and tells it, in the transaction of its end. */
export class CheckEnd {
  readonly #deps: CheckEndDeps;

  constructor(deps: CheckEndDeps) {
    this.#deps = deps;
  }

  async record(tx: Tx, ended: EndedCheck): Promise<void> {
    if (ended.run.status === 'failed') return this.#failed(tx, ended, errorOf(ended.run));
    const projection = await this.#deps.plans.load(ended.run.id);
    if (!projection) return this.#failed(tx, ended, 'its plan was not kept');
    return this.#verdict(tx, ended, projection);
  }

  /** An error says nothing of the world: what was found before stays, with its times. */
  async #failed(tx: Tx, { run, row, at }: EndedCheck, error: string): Promise<void> {
    const { stacks, findings, bursts } = this.#deps;
    const digest = sha256(error).slice(0, 32);
    const isTurn = row.status !== 'error';
    const after: DriftStack = { ...row, status: 'error', turned_at: isTurn ? at : row.turned_at, run: run.id, error };
    await stacks.save(tx, after);
    if (row.told_error !== null || (await bursts.isMuted(tx, at))) return;
    await stacks.save(tx, { ...after, told_error: digest });
    const open = await findings.open(tx, run.stack);
    await this.#tell(tx, 'drift.error', { run, row, at }, snapshotOfError(error, { open, checkedAt: row.checked_at }));
  }

  async #verdict(tx: Tx, ended: EndedCheck, projection: PlanProjection): Promise<void> {
    const { run, row, at } = ended;
    const { stacks, findings, newId } = this.#deps;
    const verdict = classifyDrift({ projection, configurationMoved: run.inputs_digest !== row.base_inputs });
    const rules = (await stacks.watched(tx, run.stack))?.settings?.ignore ?? [];
    const today = toRfc3339(at).slice(0, 10);
    const ruled = verdict.findings.map((change) => ({ change, ...applyRules(change, rules, today) }));
    const found = ruled.flatMap(({ kept }) => kept ?? []);
    const settled = settle(await findings.open(tx, run.stack), found, { stack: run.stack, run: run.id, at, newId });
    await findings.settle(tx, settled);
    const status = found.length > 0 ? 'drifted' : verdict.status === 'unknown' ? 'unknown' : 'in_sync';
    const ignored = ruled.flatMap(({ change, kept, by }) => (by ? [ignoredBy(change, kept, by.reason)] : []));
    const isTurn = status !== row.status || settled.opened.length + settled.changed.length > 0;
    const after: DriftStack = {
      ...row,
      status,
      turned_at: isTurn ? at : row.turned_at,
      checked_at: at,
      run: run.id,
      error: null,
      findings: found.length,
      explained: JSON.stringify([...ignored, ...verdict.explained.map(explanationOf)].slice(0, EXPLAINED_KEPT)),
      told_error: null,
      halted_at: found.length > 0 ? row.halted_at : null,
    };
    await stacks.save(tx, after);
    await this.#news(tx, { run, row: after, at }, settled);
  }

  async #news(tx: Tx, ended: EndedCheck, settled: Settled): Promise<void> {
    const telling = decideDriftTelling(settled, ended.at);
    if (telling === null) return;
    // What cleared in a burst is told all the same: it is what ends it.
    if (telling.event !== 'drift.cleared' && (await this.#deps.bursts.isMuted(tx, ended.at))) return;
    await this.#deps.findings.markTold(tx, telling.news);
    const open: Finding[] = [...settled.opened, ...settled.changed, ...settled.again];
    const snapshot = snapshotOfTelling(telling, { open, leftOut: settled.leftOut, checkedAt: ended.at });
    await this.#tell(tx, telling.event, ended, snapshot);
  }

  async #tell(tx: Tx, event: News['event'], { run, at }: EndedCheck, drift: NonNullable<News['drift']>) {
    const isMoreToCome = await this.#deps.isMoreToCome(tx, run);
    await this.#deps.tell(tx, { event, at, repository: run.repository, stack: run.stack, run, drift, isMoreToCome });
  }
}

function explanationOf({ address, class: of, why }: DriftChange) {
  return { address, class: of, why };
}

function ignoredBy({ address }: DriftChange, kept: DriftChange | null, reason: string) {
  return { address, class: 'ignored', why: kept === null ? reason : `some of its attributes: ${reason}` };
}

function errorOf(run: RunTable): string {
  const error = run.error === null ? null : (JSON.parse(run.error) as { summary?: string });
  return (error?.summary || run.reason || 'the check failed').slice(0, 1000);
}
