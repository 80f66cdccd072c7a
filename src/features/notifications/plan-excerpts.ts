import type { PlanProjection } from '../../kernel/plan-outcome.ts';
import { Recent } from '../../kernel/recent.ts';
import type { PlanExcerpt } from './notification.ts';
import { excerptOf } from './plan-excerpt.ts';

/** Where projections are kept: the shape of the execution feature's keeper. */
interface Keeper {
  keep(run: string, attempt: number, projection: PlanProjection): Promise<void>;
  keepPacked(run: string, attempt: number, packed: Packed): Promise<void>;
  load(run: string): Promise<PlanProjection | null>;
}

interface Packed {
  readonly gzip: Uint8Array;
  /** What `excerptOf` makes of it. */
  readonly excerpt: object;
}

/** Outcomes that are being recorded at the same time are few; each excerpt is at most 64 KiB. */
const REMEMBERED = 50;

/**
 * A keeper that remembers the excerpts of the last plans it kept: the transaction that tells of a plan comes right after
 * and must not wait for files.
 */
export class PlanExcerpts implements Keeper {
  readonly #inner: Keeper;
  readonly #recent = new Recent<PlanExcerpt>(REMEMBERED);

  constructor(inner: Keeper) {
    this.#inner = inner;
  }

  async keep(run: string, attempt: number, projection: PlanProjection): Promise<void> {
    await this.#inner.keep(run, attempt, projection);
    this.#recent.remember(run, excerptOf(projection));
  }

  async keepPacked(run: string, attempt: number, packed: Packed): Promise<void> {
    await this.#inner.keepPacked(run, attempt, packed);
    this.#recent.remember(run, packed.excerpt as PlanExcerpt);
  }

  load(run: string): Promise<PlanProjection | null> {
    return this.#inner.load(run);
  }

  /** The excerpt of the run's plan; null where it has none. */
  async excerpt(run: string): Promise<PlanExcerpt | null> {
    const recent = this.#recent.get(run);
    if (recent) return recent;
    const projection = await this.#inner.load(run);
    return projection && excerptOf(projection);
  }
}
