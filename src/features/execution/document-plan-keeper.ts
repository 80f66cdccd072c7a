import type { PlanProjection } from '../../kernel/plan-outcome.ts';
import type { PackedPlan, PlanKeeper } from './plan-keeper.ts';

/** Where documents lie by name. */
interface Documents {
  put(name: string, value: unknown): Promise<void>;
  putPacked(name: string, gzip: Uint8Array): Promise<void>;
  get(name: string): Promise<unknown>;
}

/** Projections as documents by run; the newest attempt's stands. Written before the row that tells of it commits. */
export class DocumentPlanKeeper implements PlanKeeper {
  readonly #documents: Documents;

  constructor(documents: Documents) {
    this.#documents = documents;
  }

  async keep(run: string, _attempt: number, projection: PlanProjection): Promise<void> {
    await this.#documents.put(run, projection);
  }

  async keepPacked(run: string, _attempt: number, { gzip }: PackedPlan): Promise<void> {
    await this.#documents.putPacked(run, gzip);
  }

  async load(run: string): Promise<PlanProjection | null> {
    return (await this.#documents.get(run)) as PlanProjection | null;
  }
}
