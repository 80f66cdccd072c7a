import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';
import type { RunKind, Trigger } from '../../kernel/run-status.ts';
import type { ChangeReason } from '../../kernel/stack-entry.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import { newRun } from './new-run.ts';
import type { RunDoor } from './run-door.ts';
import type { AffectedStack, Tx } from './run-ports.ts';
import type { RunStore } from './run-store.ts';

/** A stack as it is at the last processed head of its repository. */
export interface StackAtHead {
  readonly repository: string;
  readonly commit: string;
  readonly author: string;
  readonly message: string;
  readonly stack: AffectedStack;
}

/** Reads a stack at its head; throws `not_found` where it is gone, `away` where Git is. Never within a transaction. */
export type HeadOf = (stack: string) => Promise<StackAtHead>;

export interface ReplannerDeps {
  readonly store: RunStore;
  readonly door: RunDoor;
  readonly clock: Clock;
  readonly random: Random;
}

/** Plans a stack again. Nothing is ever applied a second time: what follows on an apply or an approval is a new plan. */
export class Replanner {
  readonly #deps: ReplannerDeps;

  constructor(deps: ReplannerDeps) {
    this.#deps = deps;
  }

  /** The queued plan of the stack at its head, made where there is none. `why`: it follows on something else. */
  async plan(tx: Tx, head: StackAtHead, actor: string, why: Why = AGAIN): Promise<RunTable> {
    const specDigest = await this.#deps.store.saveSpec(tx, head.stack.spec, this.#deps.clock.now());
    return this.#open(tx, {
      ...{ stack: head.stack.entry.name, repository: head.repository, commit: head.commit, kind: 'plan' },
      ...{ author: head.author, message: head.message, specDigest, inputsDigest: head.stack.inputsDigest, actor },
      ...why,
    });
  }

  /** The same run once more from its own spec and commit: a destroy, whose stack may be gone from the head. */
  again(tx: Tx, run: RunTable, actor: string): Promise<RunTable> {
    return this.#open(tx, {
      ...{ stack: run.stack, repository: run.repository, commit: run.commit_sha, kind: run.kind, actor },
      ...{ author: run.author, message: run.message, specDigest: run.spec_digest, inputsDigest: run.inputs_digest },
      ...AGAIN,
    });
  }

  /** Puts a waiting or approved run aside whose plan is outdated, and plans again, in one transaction. */
  async stale(tx: Tx, run: RunTable, head: StackAtHead | null, reason: string): Promise<RunTable> {
    await this.#deps.door.move(tx, run, 'stale', { actor: 'system', reason });
    return head ? this.plan(tx, head, 'system') : this.again(tx, run, 'system');
  }

  async #open(tx: Tx, again: Again): Promise<RunTable> {
    const queued = (await this.#deps.store.openIn(tx, again.stack)).find(
      (open) => open.status === 'queued' && open.kind !== 'drift' && open.speculative === 0,
    );
    if (queued) return queued;
    const { actor, ...about } = again;
    const run = newRun({
      ...about,
      id: newId(this.#deps.clock, this.#deps.random),
      base: null,
      speculative: false,
      at: this.#deps.clock.now(),
    });
    await this.#deps.door.open(tx, run, actor);
    return run;
  }
}

interface Why {
  readonly trigger: Trigger;
  readonly reasons: readonly ChangeReason[];
}

const AGAIN: Why = { trigger: 'retry', reasons: [] };

interface Again extends Why {
  readonly stack: string;
  readonly repository: string;
  readonly commit: string;
  readonly kind: RunKind;
  readonly author: string | null;
  readonly message: string | null;
  readonly specDigest: string;
  readonly inputsDigest: string;
  readonly actor: string;
}
