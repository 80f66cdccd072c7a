import type { Clock } from '../../kernel/clock.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import { type ApplyWindow, windowAt } from './apply-windows.ts';
import type { ApplyGates, PlanWorld, StateMark } from './approval-decision.ts';
import type { FreezeService } from './freeze-service.ts';
import type { Reader } from './run-ports.ts';
import type { RunSpec } from './run-spec.ts';
import type { RunStore } from './run-store.ts';
import type { StackMarks } from './stack-marks.ts';

export interface ApplyWorldDeps {
  readonly runs: Pick<RunStore, 'headDigest' | 'spec'>;
  readonly marks: StackMarks;
  readonly freeze: Pick<FreezeService, 'inForce'>;
  /** The stored state of a stack; null where no version ever existed. */
  readonly state: { current(db: Reader, stack: string): Promise<StateMark | null> };
  /** Whether the saved plan of this digest is kept. */
  readonly plans: { isKept(db: Reader, run: string, digest: string): Promise<boolean> };
  /** Whether outputs of other stacks are those that a plan was made with; default: nobody has any. */
  readonly inputs?: { moved(db: Reader, stack: string, inputs: RunSpec['inputs']): Promise<string | null> };
  readonly windows: readonly ApplyWindow[];
  readonly clock: Clock;
}

/** Gathers, in the transaction that decides, what a decision about an apply stands on. */
export class ApplyWorld {
  readonly #deps: ApplyWorldDeps;

  constructor(deps: ApplyWorldDeps) {
    this.#deps = deps;
  }

  /** What the run's plan was made for, as it is now. */
  async around(db: Reader, run: RunTable): Promise<PlanWorld> {
    const { runs, state, plans, inputs } = this.#deps;
    const spec = await runs.spec(run.spec_digest, db);
    const isOwnState = spec?.backend !== 'foreign';
    return {
      isOwnState,
      headDigest: await runs.headDigest(db, run.stack),
      storedState: isOwnState ? await state.current(db, run.stack) : null,
      inputsMoved: (await inputs?.moved(db, run.stack, spec?.inputs)) ?? null,
      isPlanKept: run.plan_digest !== null && (await plans.isKept(db, run.id, run.plan_digest)),
    };
  }

  /** What may stop applies of the stack. */
  async gates(db: Reader, stack: string): Promise<ApplyGates> {
    return { blocked: (await this.#deps.marks.find(db, stack))?.blocked ?? null, ...(await this.everywhere(db)) };
  }

  /** What may stop all applies. */
  async everywhere(db: Reader): Promise<Omit<ApplyGates, 'blocked'>> {
    return {
      freeze: await this.#deps.freeze.inForce(db),
      window: windowAt(this.#deps.windows, this.#deps.clock.now()),
    };
  }
}
