import type { PlanSummary } from '../../kernel/plan-outcome.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { ApplyWorld } from './apply-world.ts';
import { mayAutoApply } from './auto-apply.ts';
import type { Reader } from './run-ports.ts';
import type { StackMarks } from './stack-marks.ts';

export interface AutoApplyDeps {
  readonly marks: StackMarks;
  readonly world: Pick<ApplyWorld, 'gates'>;
  /** Whether the server's file allows it for the repository (`allow: {auto_apply: true}`). */
  readonly isAllowed: (repository: string) => boolean;
}

/** Says of a plan that is about to wait whether it needs a person. */
export class AutoApply {
  readonly #deps: AutoApplyDeps;

  constructor(deps: AutoApplyDeps) {
    this.#deps = deps;
  }

  /** In the transaction that records the plan. `reason`: why a stack that asks for it does not get it. */
  async decide(db: Reader, run: RunTable, summary: PlanSummary) {
    const { marks, world, isAllowed } = this.#deps;
    return mayAutoApply(run, summary, {
      ...(await world.gates(db, run.stack)),
      isWanted: (await marks.find(db, run.stack))?.entry.apply === 'auto',
      isAllowed: isAllowed(run.repository),
      previousFailed: await marks.previousFailed(db, run),
    });
  }
}
