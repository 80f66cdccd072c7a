import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { OPEN, type RunStatus } from '../../kernel/run-status.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { StackTable } from '../../platform/db/schema.ts';
import { appendAudit } from '../audit/index.ts';
import type { Tx } from '../runs/index.ts';
import { decideMove, type MoveEnd } from './move-decision.ts';
import { selectBound } from './sql-stack-bindings.ts';
import { readMoveFacts, renameStack, settleMoved } from './sql-stack-names.ts';

export interface StackMoverDeps {
  readonly db: Database;
  readonly clock: Clock;
  /** What is wrong with a name, or null. */
  readonly nameFault: (name: string) => string | null;
}

/** `holdfast stacks mv`: a stack goes on under another name, with its history and its state. */
export class StackMover {
  readonly #deps: StackMoverDeps;

  constructor(deps: StackMoverDeps) {
    this.#deps = deps;
  }

  /** Answers whether the head has a stack of the new name, so that it can be planned. Throws what `decideMove` refuses with. */
  async move(from: string, to: string, actor: string): Promise<{ isAtHead: boolean }> {
    const { db, clock, nameFault } = this.#deps;
    return db.transaction().execute(async (tx) => {
      const { source, target, openRun, lock } = await readMoveFacts(tx, from, to, [...OPEN] as RunStatus[]);
      const decision = decideMove({
        ...{ from, to, openRun, lock, fault: nameFault(to) },
        source: await this.#end(tx, source),
        target: await this.#end(tx, target),
      });
      if (decision.kind === 'refuse') throw refused(from, decision);
      const at = clock.now();
      await renameStack(tx, from, to);
      const isAtHead = target !== null && target.retired_at === null;
      await settleMoved(tx, to, { target: isAtHead ? target : null, held: notAtHead(source, to), at });
      const facts = { from, to };
      await appendAudit(tx, { at, actor, action: 'stack.moved', subject: to, stack: to, facts });
      return { isAtHead };
    });
  }

  async #end(tx: Tx, row: StackTable | null): Promise<MoveEnd | null> {
    if (!row) return null;
    return { row, isBound: row.applied_commit !== null || (await selectBound(tx, [row.name])).has(row.name) };
  }
}

function notAtHead(source: StackTable | null, to: string): string {
  const dir = source?.dir ?? '.';
  return `no stack of the head is called \`${to}\` yet; set \`name: ${to}\` for ${dir} in holdfast.yaml`;
}

function refused(
  from: string,
  { code, reason, wayOut }: { code: 'not_found' | 'invalid' | 'conflict'; reason: string; wayOut: string },
): HoldfastError {
  const message = code === 'not_found' ? reason : `stack ${from} is not moved: ${reason}`;
  return new HoldfastError(code, message, { treatment: { kind: 'human', wayOut } });
}
