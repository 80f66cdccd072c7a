/** A stack whose check is due by its time. */
export interface DueStack {
  readonly stack: string;
  readonly nextAt: number;
  /** Whether a check of it is open already. */
  readonly isOpen: boolean;
  /** Whether another run of it moves: its check would only stand in the queue. */
  readonly isBusy: boolean;
}

export interface CheckBudget {
  /** `drift.max_concurrent`. */
  readonly most: number;
  /** Checks that are open now and could run. */
  readonly open: number;
}

/** Which of the due stacks are checked now: those due longest, within the budget, none twice, none that is busy. Pure. */
export function chooseDue(due: readonly DueStack[], now: number, { most, open }: CheckBudget): string[] {
  const room = Math.max(0, most - open);
  return due
    .filter(({ nextAt, isOpen, isBusy }) => nextAt <= now && !isOpen && !isBusy)
    .toSorted((a, b) => a.nextAt - b.nextAt || (a.stack < b.stack ? -1 : 1))
    .slice(0, room)
    .map(({ stack }) => stack);
}
