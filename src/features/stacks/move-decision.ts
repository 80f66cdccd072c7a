import type { StackTable } from '../../platform/db/schema.ts';

/** One end of a move, as it is now. */
export interface MoveEnd {
  readonly row: StackTable;
  /** Whether something in the world stands behind it. */
  readonly isBound: boolean;
}

export interface MoveFacts {
  readonly from: string;
  readonly to: string;
  /** null: there is no such stack. */
  readonly source: MoveEnd | null;
  readonly target: MoveEnd | null;
  /** An open run of either. */
  readonly openRun: { readonly id: string; readonly stack: string } | null;
  /** A lock of either. */
  readonly lock: { readonly stack: string; readonly holder: string } | null;
  /** What is wrong with the new name; null where nothing is. */
  readonly fault: string | null;
}

export type MoveDecision =
  | { readonly kind: 'move' }
  | {
      readonly kind: 'refuse';
      readonly code: 'not_found' | 'invalid' | 'conflict';
      readonly reason: string;
      readonly wayOut: string;
    };

/** Whether a stack may go on under another name: with its history and its state, into nobody's place. Pure. */
export function decideMove(facts: MoveFacts): MoveDecision {
  const { from, to, source, target, openRun, lock, fault } = facts;
  const refuse = (code: 'not_found' | 'invalid' | 'conflict', reason: string, wayOut: string) =>
    ({ kind: 'refuse', code, reason, wayOut }) as const;
  if (!source || source.row.retired_at !== null) {
    return refuse('not_found', `there is no stack "${from}"`, 'list them with: holdfast stacks');
  }
  if (from === to) return refuse('invalid', `stack ${from} has that name already`, 'give another one');
  if (fault !== null) return refuse('invalid', `the name "${to}" ${fault}`, 'give another one');
  if (openRun) {
    const wayOut = `wait for its end, or: holdfast cancel ${openRun.id}`;
    return refuse('conflict', `run ${openRun.id} of stack ${openRun.stack} is open`, wayOut);
  }
  if (lock) {
    return refuse('conflict', `stack ${lock.stack} is locked by ${lock.holder}`, `look at it with: holdfast locks`);
  }
  if (source.row.blocked !== null) {
    return refuse('conflict', `stack ${from} is blocked`, `decide about it first: holdfast unblock ${from} --reason …`);
  }
  const taken = target && whyTaken(source.row, target, from);
  if (taken) return refuse('conflict', `there is a stack "${to}" already: ${taken}`, 'give another name');
  return { kind: 'move' };
}

/** A stack that stands for nothing, and is only kept from being planned because it is this one, gives its name up. */
function whyTaken(source: StackTable, { row, isBound }: MoveEnd, from: string): string | null {
  if (row.retired_at !== null) return null;
  if (row.repository !== source.repository) return `repository ${row.repository} has it`;
  if (isBound) return 'it has a state of its own';
  const isItself = row.held?.includes(`\`${from}\``) === true;
  const isSamePlace = row.dir === source.dir && row.workspace === source.workspace;
  return isItself || isSamePlace ? null : `its directory is ${row.dir}`;
}
