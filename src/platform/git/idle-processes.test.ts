import { expect, test } from 'vitest';
import { IdleProcesses } from './idle-processes.ts';

test('beyond the bound the one that has waited longest is ended, and nobody twice', () => {
  const ended: string[] = [];
  const idle = new IdleProcesses(2);
  const ends = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, () => void ended.push(name)]));
  const add = (name: string) => idle.add(ends[name] ?? (() => {}));
  add('a');
  add('b');
  expect(ended).toEqual([]);
  // It worked and waits again: now b has waited longest.
  idle.remove(ends.a ?? (() => {}));
  add('a');
  add('c');
  expect(ended).toEqual(['b']);
  idle.remove(ends.a ?? (() => {}));
  add('d');
  expect(ended).toEqual(['b']);
  add('b');
  expect(ended).toEqual(['b', 'c']);
});
