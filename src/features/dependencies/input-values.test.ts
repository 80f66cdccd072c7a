import { expect, test } from 'vitest';
import { sha256 } from '../../kernel/digest.ts';
import type { RunSpec } from '../runs/index.ts';
import { type FoundOutputs, InputValues, withDigests } from './input-values.ts';

const db = null as never;
type Outputs = Record<string, { value: unknown; isSensitive: boolean }>;
const reader = (
  states: Record<string, Outputs | null>,
  elsewhere: Record<string, FoundOutputs> = {},
  past: readonly Outputs[] = [],
) =>
  new InputValues({
    recorded: async function* () {
      for (const outputs of past) yield new Map(Object.entries(outputs));
    },
    outputsOf: async (_db, stack) => {
      if (stack in elsewhere) return elsewhere[stack] ?? null;
      const outputs = states[stack];
      return outputs ? { outputs: new Map(Object.entries(outputs)) } : null;
    },
    digest: sha256,
  });
const inputs = { vpc: { stack: 'network', output: 'vpc_id' } };
const plain = (value: unknown) => ({ value, isSensitive: false });

test.each<[unknown, string]>([
  ['vpc-1', 'vpc-1'],
  [7, '7'],
  [true, 'true'],
  [['a', 'b'], '["a","b"]'],
  [{ a: null }, '{"a":null}'],
  [null, 'null'],
])('the output %j is the text %s of its variable', async (value, text) => {
  const read = await reader({ network: { vpc_id: plain(value) } }).read(db, 'cluster', inputs);
  expect('values' in read && read.values.get('vpc')).toMatchObject({ text, isSensitive: false });
});

test('a sensitive output says so', async () => {
  const read = await reader({ network: { vpc_id: { value: 's3cret', isSensitive: true } } }).read(
    db,
    'cluster',
    inputs,
  );
  expect('values' in read && read.values.get('vpc')?.isSensitive).toBe(true);
});

test.each<[string, Record<string, Outputs | null>, Record<string, FoundOutputs>, string]>([
  ['a state without it', { network: { other: plain(1) } }, {}, 'its state has no such output'],
  ['no state', {}, {}, 'which has no state yet; apply that first'],
  [
    'a state elsewhere that could not be read',
    {},
    { network: { kind: 'unreadable', run: 'r9' } },
    'could not be read where its state lies; see: holdfast run r9',
  ],
])('%s is refused, with stack, output and who wants it', async (_name, states, elsewhere, text) => {
  const read = await reader(states, elsewhere).read(db, 'cluster', inputs);
  expect('fault' in read && read.fault).toContain(text);
  expect('fault' in read && read.fault).toMatch(/^stack cluster: input `vpc` is output "vpc_id" of stack network/);
});

test('a state elsewhere has to be read first', async () => {
  const elsewhere = { network: { kind: 'unread' } } as const;
  expect(await reader({}, elsewhere).read(db, 'cluster', inputs)).toEqual({ unread: 'network' });
});

test('a plan is about the outputs that it was made with, and no others', async () => {
  const spec = { inputs } as unknown as RunSpec;
  const before = reader({ network: { vpc_id: plain('vpc-1'), other: plain(1) } });
  const read = await before.read(db, 'cluster', inputs);
  const { inputs: planned } = withDigests(spec, 'values' in read ? read.values : new Map());
  expect(planned?.vpc?.digest).toHaveLength(64);
  expect(await before.moved(db, 'cluster', planned)).toBeNull();
  expect(
    await reader({ network: { vpc_id: plain('vpc-1'), other: plain(2) } }).moved(db, 'cluster', planned),
  ).toBeNull();
  expect(await reader({ network: { vpc_id: plain('vpc-2') } }).moved(db, 'cluster', planned)).toContain('another one');
  expect(await reader({ network: {} }).moved(db, 'cluster', planned)).toContain('no such output');
  // Of a spec that was never claimed, and of older ones, nothing is known.
  expect(await reader({}).moved(db, 'cluster', inputs)).toBeNull();
  expect(await reader({}).moved(db, 'cluster', undefined)).toBeNull();
});

const past = [{}, { vpc_id: plain('vpc-2') }, { other: plain(1) }, { vpc_id: plain('vpc-1') }];

test.each<[string, Record<string, Outputs | null>, Record<string, FoundOutputs>]>([
  ['whose state is empty', { network: {} }, {}],
  ['whose state is gone', {}, {}],
  ['whose state elsewhere was never read', {}, { network: { kind: 'unread' } }],
  ['whose state elsewhere cannot be read any more', {}, { network: { kind: 'unreadable', run: 'r9' } }],
])('a destroy gets what was applied of a stack %s, or else what was there last', async (_name, states, elsewhere) => {
  const values = reader(states, elsewhere, past);
  const textOf = async (wanted: NonNullable<RunSpec['inputs']>) => {
    const read = await values.read(db, 'cluster', wanted, { isDestroy: true });
    return 'values' in read ? read.values.get('vpc')?.text : read;
  };
  expect(await textOf(inputs)).toBe('vpc-2');
  const digest = sha256(JSON.stringify(['network', 'vpc_id', 'vpc-1']));
  expect(await textOf({ vpc: { ...inputs.vpc, digest } })).toBe('vpc-1');
  expect(await textOf({ vpc: { ...inputs.vpc, digest: 'of a value that nobody has kept' } })).toBe('vpc-2');
  // Whatever is planned to be there gets nothing that is not.
  expect(await values.read(db, 'cluster', inputs)).not.toHaveProperty('values');
});

test('a destroy whose input is there gets that, and one of which nothing is kept says what brings it back', async () => {
  const there = reader({ network: { vpc_id: plain('vpc-3') } }, {}, past);
  const read = await there.read(db, 'cluster', inputs, { isDestroy: true });
  expect('values' in read && read.values.get('vpc')?.text).toBe('vpc-3');
  const none = await reader({ network: {} }, {}, [{}]).read(db, 'cluster', inputs, { isDestroy: true });
  expect('fault' in none && none.fault).toContain('holdfast state restore network --serial N');
});
