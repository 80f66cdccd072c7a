import type { LockJson, LockList, Unlocked } from '../contract.ts';
import { ago } from './ago.ts';
import { clean, cleanBlock } from './clean.ts';
import { type Paint, plainPaint } from './paint.ts';
import type { TextOptions } from './run-text.ts';
import { renderTable } from './table.ts';

const COLOURS: Readonly<Record<LockJson['state'], keyof Paint>> = { alive: 'good', dead: 'bad', unknown: 'caution' };

/** Locks as a table, by stack: who holds what since when, and whether the holder lives. */
export function renderLocksText({ locks }: Pick<LockList, 'locks'>, options: TextOptions = {}): string {
  const paint = options.paint ?? plainPaint;
  if (locks.length === 0) return 'Nothing is locked.\n';
  const head = ['STACK', 'HOLDER', 'SINCE', 'FOR', 'HOLDER IS', 'EVIDENCE'];
  const rows = locks.map((lock) => [
    { text: clean(lock.stack), paint: paint.strong },
    clean(lock.holder, 60),
    ago(lock.since, options.now),
    clean(lock.operation.replace(/^OperationType/, '').toLowerCase(), 20),
    { text: lock.state, paint: paint[COLOURS[lock.state]] },
    clean(lock.evidence, 200),
  ]);
  return renderTable([head.map((text) => ({ text, paint: paint.faint })), ...rows], options.width);
}

/** What stands to be freed, in sentences, before somebody types its name. */
export function lockWarnings(stack: string, lock: LockJson | null, now?: number): string[] {
  if (lock === null) return [`Holdfast knows of no lock on ${clean(stack)}`];
  const held = `${clean(lock.stack)} is held by ${clean(lock.holder)}, since ${ago(lock.since, now)}`;
  const life = `its holder is ${lock.state}: ${clean(lock.evidence)}`;
  if (lock.state === 'dead') return [held, life];
  return [held, life, 'two writers at a time can destroy a state: be sure that the holder is gone'];
}

/** What an unlock freed, and what lies where only terraform can free it. */
export function renderUnlockedText({ stack, freed, foreign }: Unlocked, options: TextOptions = {}): string {
  const paint = options.paint ?? plainPaint;
  const name = clean(stack);
  const lines = [
    freed === null ? `No lock was held on ${name}.` : `${name} is unlocked; ${clean(freed.holder)} held it.`,
  ];
  if (foreign !== null) {
    lines.push(
      '',
      `The state of ${name} lies in its own backend (${clean(foreign.backend)}), and so does terraform’s lock.`,
    );
    if (foreign.info !== null) lines.push(cleanBlock(foreign.info).replace(/^/gm, '    '));
    lines.push(`${paint.faint('Where it is stuck, in the stack’s directory:')} ${foreignLine(foreign.command)}`);
  }
  return `${lines.join('\n')}\n`;
}

function foreignLine(command: string | null): string {
  return command === null
    ? 'terraform force-unlock ID (the ID is in the error of whoever waits for it)'
    : clean(command);
}
