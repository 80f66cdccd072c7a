import { formatDuration } from '../../kernel/units.ts';
import type { News } from '../notifications/index.ts';
import type { Reader, Tx } from '../runs/index.ts';
import { isBurst } from './drift-breaker.ts';
import type { DriftMeta, DriftStackStore } from './drift-store.ts';

/** The breaker as it stands: open since then, with what it saw. */
export interface BreakerState {
  readonly since: number;
  readonly troubled: number;
  readonly total: number;
}

export interface BurstWatchDeps {
  readonly stacks: Pick<DriftStackStore, 'burst' | 'troubledSince'>;
  readonly meta: DriftMeta;
  readonly tell: (tx: Tx, news: News) => Promise<void>;
  /** `drift.every` of the server: how long one pass takes. */
  readonly everyMs: number;
  /** `drift.breaker`. */
  readonly percent: number;
}

const KEY = 'breaker';
const NAMED = 10;

/** Sees when so many stacks turn at once that one message has to do for all, and nothing is put right by itself. */
export class BurstWatch {
  readonly #deps: BurstWatchDeps;

  constructor(deps: BurstWatchDeps) {
    this.#deps = deps;
  }

  /** Whether news of single stacks are held back now; opens the breaker, with its one message, where a burst begins. */
  async isMuted(tx: Tx, now: number): Promise<boolean> {
    const { stacks, everyMs, percent } = this.#deps;
    const since = now - everyMs;
    const burst = await stacks.burst(tx, since);
    if (!isBurst({ ...burst, percent })) return false;
    if ((await this.state(tx)) === null) await this.#open(tx, burst, now);
    return true;
  }

  async state(db: Reader): Promise<BreakerState | null> {
    const value = await this.#deps.meta.get(db, KEY);
    return value === null ? null : (JSON.parse(value) as BreakerState);
  }

  /** A person has looked. Answers what was open; null where nothing was. */
  async close(tx: Tx): Promise<BreakerState | null> {
    const state = await this.state(tx);
    await this.#deps.meta.set(tx, KEY, null);
    return state;
  }

  async #open(tx: Tx, { total, troubled }: { total: number; troubled: number }, now: number): Promise<void> {
    const { stacks, meta, tell, everyMs, percent } = this.#deps;
    await meta.set(tx, KEY, JSON.stringify({ since: now, troubled, total } satisfies BreakerState));
    const names = await stacks.troubledSince(tx, now - everyMs, NAMED + 1);
    const more = names.length > NAMED ? ' and more' : '';
    await tell(tx, {
      ...{ event: 'instance.notice', at: now, repository: null, stack: null, run: null },
      notice: {
        title: `${troubled} of ${total} stacks drifted or could not be checked within ${formatDuration(everyMs)}`,
        sentences: [
          `That is more than ${percent} % (drift.breaker), so something common to them is likely: a credential, a provider, a policy from above.`,
          `${names.slice(0, NAMED).join(', ')}${more}.`,
          'Until that is over, single stacks are not told of; nothing is put right by itself until somebody has looked: holdfast drift report, then holdfast drift resume --reason …',
        ],
      },
    });
  }
}
