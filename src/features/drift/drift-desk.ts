import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Database } from '../../platform/db/open-database.ts';
import { appendAudit } from '../audit/index.ts';
import type { BreakerState, BurstWatch } from './burst-watch.ts';
import type { FindingStore } from './drift-store.ts';
import type { Finding } from './finding.ts';

export interface DriftDeskDeps {
  readonly db: Database;
  readonly findings: FindingStore;
  readonly bursts: Pick<BurstWatch, 'state' | 'close'>;
  readonly clock: Clock;
}

/** What people decide about findings. */
export class DriftDesk {
  readonly #deps: DriftDeskDeps;

  constructor(deps: DriftDeskDeps) {
    this.#deps = deps;
  }

  /** The finding; throws `not_found` where there is none. */
  async get(id: string): Promise<Finding> {
    const finding = await this.#deps.findings.find(this.#deps.db, id);
    if (finding) return finding;
    throw new HoldfastError('not_found', `there is no finding ${id}`, {
      treatment: { kind: 'human', wayOut: 'list them with: holdfast drift report' },
    });
  }

  /** Takes note that somebody knows of it, until a time (null: until it changes). Throws `conflict` where it has cleared. */
  async acknowledge(
    id: string,
    { reason, until, actor }: { readonly reason: string; readonly until: number | null; readonly actor: string },
  ): Promise<Finding> {
    const { db, findings, clock } = this.#deps;
    const now = clock.now();
    if (until !== null && until <= now) {
      throw new HoldfastError('invalid', '`until` is in the past', {
        treatment: {
          kind: 'human',
          wayOut: 'name a day to come, or leave it out: then it holds until the drift changes',
        },
      });
    }
    await db.transaction().execute(async (tx) => {
      const finding = await findings.find(tx, id);
      if (finding?.cleared_at !== null && finding !== null) {
        throw new HoldfastError('conflict', `finding ${id} has cleared: ${finding.address} is as it was applied`);
      }
      await findings.acknowledge(tx, [id], { by: actor, reason, at: now, until });
      const facts = { finding: id, address: finding?.address, reason, until };
      await appendAudit(tx, {
        at: now,
        actor,
        action: 'drift.acknowledged',
        subject: finding?.stack ?? id,
        stack: finding?.stack ?? null,
        facts,
      });
    });
    return this.get(id);
  }

  /** The breaker as it stands; null: closed. */
  breaker(): Promise<BreakerState | null> {
    return this.#deps.bursts.state(this.#deps.db);
  }

  /** Somebody has looked at a burst: stacks may be put right by themselves again. Answers what was open. */
  async resume(reason: string, actor: string): Promise<BreakerState | null> {
    const { db, bursts, clock } = this.#deps;
    return db.transaction().execute(async (tx) => {
      const state = await bursts.close(tx);
      const facts = { reason, ...(state ?? {}) };
      if (state)
        await appendAudit(tx, {
          at: clock.now(),
          actor,
          action: 'drift.resumed',
          subject: 'drift',
          stack: null,
          facts,
        });
      return state;
    });
  }
}
