import { expect, test } from 'vitest';
import type { StackTable } from '../../platform/db/schema.ts';
import { decideMove, type MoveFacts } from './move-decision.ts';

const row = (over: Partial<StackTable> = {}) =>
  ({
    name: 'a',
    repository: 'infra',
    dir: 'a',
    workspace: 'default',
    held: null,
    blocked: null,
    retired_at: null,
    ...over,
  }) as StackTable;
const source = { row: row(), isBound: true };

const cases: [string, Partial<MoveFacts>, string | null][] = [
  ['into a name nobody has', {}, null],
  [
    'into the name that its own directory has at the head now',
    { target: { row: row({ name: 'b' }), isBound: false } },
    null,
  ],
  [
    'into the name of the directory that git moved it to while a run was under way',
    {
      target: {
        row: row({ name: 'b', dir: 'b', held: 'this directory was `a`, and a run of that is under way' }),
        isBound: false,
      },
    },
    null,
  ],
  [
    'into a name of which nothing is left',
    { target: { row: row({ name: 'b', dir: 'x', retired_at: 1 }), isBound: false } },
    null,
  ],
  ['out of nowhere', { source: null }, 'there is no stack "a"'],
  ['out of what is destroyed', { source: { row: row({ retired_at: 1 }), isBound: false } }, 'there is no stack "a"'],
  ['to itself', { to: 'a' }, 'has that name already'],
  ['to a name that is none', { fault: 'must not hold a space' }, 'the name "b" must not hold a space'],
  ['while a run is open', { openRun: { id: 'r1', stack: 'a' } }, 'run r1 of stack a is open'],
  ['while a run of the new name is open', { openRun: { id: 'r1', stack: 'b' } }, 'run r1 of stack b is open'],
  ['while somebody holds its state', { lock: { stack: 'a', holder: 'ana@laptop' } }, 'locked by ana@laptop'],
  ['while it is blocked', { source: { row: row({ blocked: '{}' }), isBound: true } }, 'is blocked'],
  ['onto another stack with a state', { target: { row: row({ name: 'b' }), isBound: true } }, 'a state of its own'],
  ['onto another directory', { target: { row: row({ name: 'b', dir: 'x' }), isBound: false } }, 'its directory is x'],
  [
    'onto a directory that was somebody else',
    { target: { row: row({ name: 'b', dir: 'x', held: 'this directory was `c`' }), isBound: false } },
    'its directory is x',
  ],
  [
    'into another repository',
    { target: { row: row({ name: 'b', repository: 'other' }), isBound: false } },
    'repository other has it',
  ],
];

test.each(cases)('%s', (_name, over, refusal) => {
  const facts = { from: 'a', to: 'b', source, target: null, openRun: null, lock: null, fault: null, ...over };
  const decision = decideMove(facts);
  if (refusal === null) expect(decision).toEqual({ kind: 'move' });
  else expect(decision).toMatchObject({ kind: 'refuse', reason: expect.stringContaining(refusal) });
});
