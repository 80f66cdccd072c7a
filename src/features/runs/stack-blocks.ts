import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Database } from '../../platform/db/open-database.ts';
import { appendAudit } from '../audit/index.ts';
import type { Tx } from './run-ports.ts';
import type { StackMarks } from './stack-marks.ts';

export interface StackBlocksDeps {
  readonly db: Database;
  readonly marks: StackMarks;
  readonly clock: Clock;
  /** Called when the stack may be applied again. */
  readonly ring: () => void;
}

/** Stops a stack's applies until a person has decided. It still plans. */
export class StackBlocks {
  readonly #deps: StackBlocksDeps;

  constructor(deps: StackBlocksDeps) {
    this.#deps = deps;
  }

  /** Blocks the stack on account of a run, in the transaction that ends (or gives up) the run. */
  async block(tx: Tx, about: { stack: string; run: string; reason: string; actor: string }): Promise<void> {
    const { stack, run, reason, actor } = about;
    const at = this.#deps.clock.now();
    await this.#deps.marks.setBlocked(tx, stack, { run, reason, since: at }, at);
    await appendAudit(tx, { at, actor, action: 'stack.blocked', subject: stack, stack, facts: { run, reason } });
  }

  /** Lifts a block that this very run set: its end is known now, and harmless. */
  async liftOf(tx: Tx, stack: string, run: string, actor: string): Promise<void> {
    const blocked = (await this.#deps.marks.find(tx, stack))?.blocked ?? null;
    if (blocked?.run === run) await this.#lift(tx, { stack, actor, reason: `the end of run ${run} is known`, run });
  }

  /** A person has decided. Throws `conflict` where the stack is not blocked, `not_found` where there is none. */
  async unblock(stack: string, reason: string, actor: string): Promise<void> {
    await this.#deps.db.transaction().execute(async (tx) => {
      const mark = await this.#deps.marks.find(tx, stack);
      if (!mark) {
        throw new HoldfastError('not_found', `there is no stack "${stack}"`, {
          treatment: { kind: 'human', wayOut: 'list them with: holdfast stacks' },
        });
      }
      if (!mark.blocked) {
        throw new HoldfastError('conflict', `stack ${stack} is not blocked`, {
          treatment: { kind: 'human', wayOut: `what it waits for, if anything: holdfast stacks ${stack}` },
        });
      }
      await this.#lift(tx, { stack, actor, reason, run: mark.blocked.run });
    });
    this.#deps.ring();
  }

  async #lift(tx: Tx, about: { stack: string; actor: string; reason: string; run: string | null }): Promise<void> {
    const { stack, actor, reason, run } = about;
    const at = this.#deps.clock.now();
    await this.#deps.marks.setBlocked(tx, stack, null, at);
    await appendAudit(tx, { at, actor, action: 'stack.unblocked', subject: stack, stack, facts: { run, reason } });
  }
}
