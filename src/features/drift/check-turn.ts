import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { DriftChecks } from './drift-checks.ts';
import type { DriftTurn } from './drift-loop.ts';
import { catchUpAt, nextSlot } from './drift-slots.ts';
import type { DriftMeta, DriftStackStore } from './drift-store.ts';
import { chooseDue } from './due-checks.ts';

export interface CheckTurnDeps {
  readonly db: Database;
  readonly stacks: DriftStackStore;
  readonly meta: DriftMeta;
  readonly checks: Pick<DriftChecks, 'openDue'>;
  readonly chance: () => number;
  readonly logger: Logger;
  /** `drift.every` of the server. */
  readonly everyMs: number;
  /** `drift.max_concurrent`. */
  readonly maxConcurrent: number;
}

const SEEN = 'seen_at';
/** How often it is noted that somebody looks. */
const NOTE_MS = 15_000;
/** Nobody has looked for longer than this: what was due meanwhile is made up for over an interval, not at once. */
const OUTAGE_MS = 120_000;
const CHUNK = 500;

/** Opens the checks that are due. */
export class CheckTurn implements DriftTurn {
  readonly #deps: CheckTurnDeps;
  #seenAt: number | null = null;
  #syncedAt = 0;

  constructor(deps: CheckTurnDeps) {
    this.#deps = deps;
  }

  async runOnce(now: number): Promise<number> {
    await this.#noteSeen(now);
    await this.#syncIntervals(now);
    const { stacks, checks, maxConcurrent } = this.#deps;
    const due = await stacks.due(now, maxConcurrent);
    // Counted only where something is due: most looks find nothing.
    if (due.length > 0) {
      const open = await stacks.openChecks();
      await checks.openDue(chooseDue(due, now, { most: maxConcurrent, open }), now);
    }
    // What is due and has no room is looked at when a check ends: that wakes.
    return (await stacks.nextAfter(now)) ?? Number.POSITIVE_INFINITY;
  }

  /** After an outage, whatever was due meanwhile gets a new time; a check that is open keeps its own. */
  async #noteSeen(now: number): Promise<void> {
    const { db, meta } = this.#deps;
    const before = this.#seenAt ?? Number((await meta.get(db, SEEN)) ?? now);
    const isOutage = Math.abs(now - before) > OUTAGE_MS;
    if (isOutage) await this.#spread(now);
    if (this.#seenAt !== null && !isOutage && now - this.#seenAt < NOTE_MS) return;
    this.#seenAt = now;
    await meta.set(db, SEEN, String(now));
  }

  async #spread(now: number): Promise<void> {
    const { db, stacks, logger } = this.#deps;
    let count = 0;
    for (;;) {
      const due = await stacks.due(now, CHUNK);
      if (due.length === 0) break;
      await db.transaction().execute(async (tx) => {
        for (const row of await stacks.of(
          tx,
          due.map(({ stack }) => stack),
        )) {
          await stacks.setNext(tx, row.stack, Math.max(now + 1, catchUpAt(row.stack, row.every_ms, now)));
        }
      });
      count += due.length;
    }
    if (count > 0) logger.info({ stacks: count }, 'drift checks that an outage left out are spread over an interval');
  }

  /** Intervals follow the entries at the head. */
  async #syncIntervals(now: number): Promise<void> {
    const since = this.#syncedAt;
    if (since > 0 && now - since < NOTE_MS) return;
    const { stacks } = this.#deps;
    let cursor: string | null = null;
    do {
      // A little before the last look: rows of a transaction that was still open then.
      const page = await stacks.watchedSince(Math.max(0, since - NOTE_MS), cursor, CHUNK);
      await this.#setIntervals(page, now);
      cursor = page.length === CHUNK ? (page.at(-1)?.name ?? null) : null;
    } while (cursor !== null);
    this.#syncedAt = now;
  }

  async #setIntervals(page: Awaited<ReturnType<DriftStackStore['watchedSince']>>, now: number): Promise<void> {
    const { db, stacks, chance, everyMs } = this.#deps;
    const wanted = new Map(page.map(({ name, settings }) => [name, settings?.every_ms ?? everyMs]));
    const rows = await stacks.of(db, [...wanted.keys()]);
    const moved = rows.filter((row) => row.every_ms !== wanted.get(row.stack));
    if (moved.length === 0) return;
    await db.transaction().execute(async (tx) => {
      for (const { stack, next_at } of moved) {
        const every = wanted.get(stack) ?? everyMs;
        // What is due stays due.
        const nextAt = next_at <= now ? next_at : nextSlot(stack, every, { after: now, chance: chance() });
        await stacks.setEvery(tx, stack, every, nextAt);
      }
    });
  }
}
