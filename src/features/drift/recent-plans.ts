import type { PlanProjection } from '../../kernel/plan-outcome.ts';
import { Recent } from '../../kernel/recent.ts';

/** Where projections are kept: the shape of the execution feature's keeper. */
interface Keeper {
  keep(run: string, attempt: number, projection: PlanProjection): Promise<void>;
  keepPacked(run: string, attempt: number, packed: Packed): Promise<void>;
  load(run: string): Promise<PlanProjection | null>;
}

interface Packed {
  readonly gzip: Uint8Array;
  readonly excerpt: object;
}

const REMEMBERED = 20;
/** A larger one is read from its file again. */
const MOST_CHANGES = 2_000;

/** A keeper that remembers the last small plans it kept: the transaction that reads a check comes right after and must not wait for files. */
export class RecentPlans implements Keeper {
  readonly #inner: Keeper;
  readonly #recent = new Recent<PlanProjection>(REMEMBERED);

  constructor(inner: Keeper) {
    this.#inner = inner;
  }

  async keep(run: string, attempt: number, projection: PlanProjection): Promise<void> {
    await this.#inner.keep(run, attempt, projection);
    if (projection.changes.length + projection.drift.length > MOST_CHANGES) this.#recent.forget(run);
    else this.#recent.remember(run, projection);
  }

  /** Packed is what is large. */
  async keepPacked(run: string, attempt: number, packed: Packed): Promise<void> {
    await this.#inner.keepPacked(run, attempt, packed);
    this.#recent.forget(run);
  }

  async load(run: string): Promise<PlanProjection | null> {
    return this.#recent.get(run) ?? (await this.#inner.load(run));
  }
}
