import { expect, test } from 'vitest';
import type { AppliedResource } from './apply-protocol.ts';
import { madeOf, orphanOf } from './orphans.ts';

const made: AppliedResource = { address: 'a.b', type: 'a', action: 'create', id_key: 'id', id: 'i-1' };

test('what was made is what was created or replaced; of two by one address the newer', () => {
  const list = (['update', 'delete', 'import', 'forget', 'move', 'other'] as const).map((action) => ({
    ...made,
    action,
  }));
  expect(madeOf(list)).toEqual([]);
  expect(madeOf([made, { ...made, action: 'replace', id: 'i-2' }])).toEqual([
    { ...made, action: 'replace', id: 'i-2' },
  ]);
});

test('an orphan comes with the block that imports it', () => {
  expect(orphanOf({ ...made, address: 'module.m["k"].a.b[0]', id: `x"$\{y}` }).import).toBe(
    `import {\n  to = module.m["k"].a.b[0]\n  id = "x\\"$$\{y}"\n}`,
  );
});

test('without an id, or with one that holds a secret, there is nothing to import by', () => {
  expect(orphanOf({ ...made, id: null })).toEqual({ address: 'a.b', type: 'a', id_key: 'id', id: null, import: null });
  expect(madeOf([{ ...made, id: 'arn:(sensitive):x' }])).toEqual([{ ...made, id: null }]);
});
