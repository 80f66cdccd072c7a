import type { Clock } from '../../kernel/clock.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { RunDoor, StackBlocks, StackMarks, Tx } from '../runs/index.ts';
import { type ApplyEnd, decideEnd, type EndFacts } from './apply-end.ts';
import { nextStepText, reasonText, type ToldEnd, whyText } from './apply-end-text.ts';
import type { StateAccess } from './execution-ports.ts';
import type { Orphan } from './orphans.ts';

export interface ApplyEnderDeps {
  readonly door: RunDoor;
  readonly marks: StackMarks;
  readonly blocks: StackBlocks;
  readonly state: Pick<StateAccess, 'endFor'>;
  readonly clock: Clock;
}

export interface EndOfApply {
  readonly end: ApplyEnd;
  readonly actor: string;
  /** null where nobody told. */
  readonly told: ToldEnd | null;
  readonly orphans: readonly Orphan[];
  readonly isOwnState: boolean;
  /** In place of what the end itself gives as its reason. */
  readonly reason?: string;
}

/** Writes the end of an apply in one transaction: status, end, ledger, next step, stack, block, tokens and lock. */
export class ApplyEnder {
  readonly #deps: ApplyEnderDeps;

  constructor(deps: ApplyEnderDeps) {
    this.#deps = deps;
  }

  async write(tx: Tx, run: RunTable, what: EndOfApply): Promise<RunTable> {
    const { end, actor } = what;
    // The run's end is proven: what it holds goes before the passage, so that nobody is told of a lock that is none.
    await this.#deps.state.endFor(tx, run.id);
    if (end.to === 'approved' || end.to === 'canceled') return this.#giveBack(tx, run, what);
    const about = { run: run.id, stack: run.stack, orphans: what.orphans.length, isOwnState: what.isOwnState };
    const reason = what.reason ?? reasonText(end, what.told);
    const at = this.#deps.clock.now();
    if (end.to === 'applied') await this.#deps.marks.setApplied(tx, run, at);
    if (end.blocks) await this.#deps.blocks.block(tx, { stack: run.stack, run: run.id, reason, actor });
    else await this.#deps.blocks.liftOf(tx, run.stack, run.id, actor);
    return this.#deps.door.move(tx, run, end.to, {
      actor,
      ...(end.to === 'failed' ? { reason } : {}),
      set: {
        end: end.end,
        next_step: nextStepText(end, what.told, about),
        orphans: what.orphans.length === 0 ? null : JSON.stringify(what.orphans),
        error: end.to === 'failed' ? errorOf(what.reason ?? whyText(end, what.told), what) : null,
        process: null,
      },
    });
  }

  /** Ends an apply of which nobody will ever tell: a person freed its lock, or its engine is dead and its worker gone. */
  giveUp(tx: Tx, run: RunTable, about: { actor: string; reason: string; isOwnState: boolean }): Promise<RunTable> {
    const { actor, reason, isOwnState } = about;
    const end = decideEnd(unknownEnd(run, isOwnState));
    return this.write(tx, run, { end, actor, reason, told: null, orphans: [], isOwnState });
  }

  /** Provably nothing was begun: the approval stands, and the run may be claimed again. */
  async #giveBack(tx: Tx, run: RunTable, { end, actor }: EndOfApply): Promise<RunTable> {
    const back = await this.#deps.door.move(tx, run, 'approved', {
      actor,
      reason: 'the engine provably never started',
      set: { process: null },
    });
    if (end.to === 'approved') return back;
    return this.#deps.door.move(tx, back, 'canceled', {
      actor,
      reason: `canceled by ${run.cancel_by}, before the engine started`,
      set: { end: end.end },
    });
  }
}

/** The facts of an apply of which nobody told. */
export function unknownEnd(run: RunTable, isOwnState: boolean): EndFacts {
  return {
    evidence: 'given_up',
    exitCode: null,
    hasStartError: false,
    isPlannedAgain: false,
    hasSummary: false,
    ...{ planned: 0, completed: 0, errored: 0, unfinished: 0, unfinishedCreates: 0, missing: 0 },
    isStreamLost: true,
    erroredState: 'none',
    signalled: false,
    isCancelWanted: run.cancel_at !== null,
    isOwnState,
    isStateSaved: false,
    isLockHeld: false,
    isInterrupted: run.status === 'interrupted',
    attempts: run.attempt,
  };
}

/** The error as people see it: its diagnostics behind one sentence, and beside it how far the apply came. */
function errorOf(summary: string, { told }: EndOfApply): string {
  const first = told?.diagnostics.find(({ severity }) => severity === 'error');
  return JSON.stringify({
    summary,
    detail: told?.error === null && first ? first.detail : '',
    file: first?.file ?? null,
    line: first?.line ?? null,
    exit_code: told?.exit_code ?? null,
    diagnostics: told?.diagnostics ?? [],
    done: told?.completed.length ?? null,
    planned: told?.planned ?? null,
  });
}
