import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { PlanSummary } from '../../kernel/plan-outcome.ts';
import type { Random } from '../../kernel/random.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { News } from '../notifications/index.ts';
import { type ApplyWorld, newRun, type Reader, type RunDoor, type RunStore, type Tx } from '../runs/index.ts';
import type { BurstWatch } from './burst-watch.ts';
import type { DriftTurn } from './drift-loop.ts';
import type { DriftStack, DriftStackStore, FindingStore } from './drift-store.ts';
import { decideRemediation, whyNotRemediated } from './remediation-decision.ts';

export interface RemediationDeps {
  readonly db: Database;
  readonly stacks: DriftStackStore;
  readonly findings: FindingStore;
  readonly bursts: Pick<BurstWatch, 'state'>;
  readonly world: Pick<ApplyWorld, 'gates'>;
  readonly runs: Pick<RunStore, 'openIn' | 'headDigest'>;
  readonly door: Pick<RunDoor, 'open'>;
  readonly tell: (tx: Tx, news: News) => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly ring: () => void;
}

/** Who asks for and approves what is put right by itself. */
export const REMEDIATOR = 'system:drift';
const AT_ONCE = 100;
const DAY_MS = 86_400_000;

/** Plans drifted stacks with `remediate: true` again at what was applied, and says which of those plans need no person. */
export class Remediation implements DriftTurn {
  readonly #deps: RemediationDeps;

  constructor(deps: RemediationDeps) {
    this.#deps = deps;
  }

  async runOnce(now: number): Promise<number> {
    const { db, stacks, ring } = this.#deps;
    let planned = 0;
    for (const { stack } of await stacks.remediable(AT_ONCE)) {
      if (await db.transaction().execute((tx) => this.#one(tx, stack, now))) planned++;
    }
    if (planned > 0) ring();
    return Number.POSITIVE_INFINITY;
  }

  /** Of a plan that is about to wait: whether it needs no person. */
  async decide(db: Reader, run: RunTable, summary: PlanSummary) {
    const row = await this.#deps.stacks.find(db, run.stack);
    const gates = await this.#gates(db, run.stack);
    const why =
      row?.base_inputs === run.inputs_digest
        ? whyNotRemediated(summary, { ...gates, findings: row.findings })
        : 'its configuration moved since it was applied';
    return why === null
      ? ({ yes: true, by: REMEDIATOR, reason: 'approved by itself (drift: remediate)' } as const)
      : ({ yes: false, reason: `not put right by itself (drift: remediate): ${why}` } as const);
  }

  /** True where a plan was made. */
  async #one(tx: Tx, stack: string, now: number): Promise<boolean> {
    const { stacks, findings, runs } = this.#deps;
    const row = await stacks.find(tx, stack);
    if (!row) return false;
    const others = (await runs.openIn(tx, stack)).filter(({ kind }) => kind !== 'drift');
    const decision = decideRemediation({
      row,
      open: await findings.open(tx, stack),
      headInputs: await runs.headDigest(tx, stack),
      openRun: others[0]?.id ?? null,
      returns: await findings.returns(tx, stack, now - DAY_MS),
      ...(await this.#gates(tx, stack)),
      now,
    });
    if (decision.kind === 'halt') await this.#halt(tx, row, decision.addresses, now);
    if (decision.kind !== 'plan') return false;
    await this.#plan(tx, row, now);
    return true;
  }

  async #plan(tx: Tx, row: DriftStack, now: number): Promise<void> {
    const { findings, door, clock, random, logger } = this.#deps;
    const run = newRun({
      id: newId(clock, random),
      stack: row.stack,
      repository: row.repository,
      commit: row.base_commit,
      base: null,
      kind: 'plan',
      trigger: 'drift',
      speculative: false,
      author: REMEDIATOR,
      message: 'put right what drifted',
      reasons: [],
      specDigest: row.base_spec,
      inputsDigest: row.base_inputs,
      at: now,
    });
    await door.open(tx, run, REMEDIATOR);
    await findings.markRemediated(tx, row.stack, now);
    logger.info({ stack: row.stack, run: run.id }, 'a drifted stack is planned to be put right by itself');
  }

  async #halt(tx: Tx, row: DriftStack, addresses: readonly string[], now: number): Promise<void> {
    const { stack, repository } = row;
    await this.#deps.stacks.save(tx, { ...row, halted_at: now });
    const names = addresses.slice(0, 5).join(', ');
    await this.#deps.tell(tx, {
      ...{ event: 'instance.notice', at: now, repository, stack, run: null },
      notice: {
        title: `drift of ${stack} is not put right by itself any more`,
        sentences: [
          `The same drift came back twice within a day after it was put right: ${names}. Somebody or something else wants it so.`,
          `Find out who; then put it right (holdfast plan ${stack}), or take it over into its files, or ignore it with a rule (holdfast drift ignore ${stack} …).`,
        ],
      },
    });
  }

  async #gates(db: Reader, stack: string) {
    const { blocked, freeze, window } = await this.#deps.world.gates(db, stack);
    const isBreakerOpen = (await this.#deps.bursts.state(db)) !== null;
    if (blocked) return { isBreakerOpen, stopped: 'the stack is blocked' };
    if (freeze) return { isBreakerOpen, stopped: 'applies are frozen' };
    return { isBreakerOpen, stopped: window.isOpen ? null : 'no window for applies is open' };
  }
}
