import type { RunListener, RunTransition, Tx } from './run-ports.ts';
import type { StackMarks } from './stack-marks.ts';

/**
 * A plan that finds nothing to do says what an apply says: the world is as this commit wants it. So does a destroy plan:
 * nothing is left. Written in the transaction of the run's end.
 */
export class StackLife implements RunListener {
  readonly #marks: Pick<StackMarks, 'setApplied'>;

  constructor(marks: Pick<StackMarks, 'setApplied'>) {
    this.#marks = marks;
  }

  async onTransition(tx: Tx, { run, to, at }: RunTransition): Promise<void> {
    if (to === 'unchanged' && run.speculative === 0) await this.#marks.setApplied(tx, run, at);
  }
}
