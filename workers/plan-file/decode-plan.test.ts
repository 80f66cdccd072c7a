import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { field, fixtureSchemas, msgpack, planFixture, UNKNOWN_BYTES } from '../../test/support/plan-file-samples.ts';
import { createPlanStream, type PlanStreamResult } from '../plan/plan-stream.ts';
import { readShow } from '../plan/read-show.ts';
import { readPlanEntry } from '../steps/plan-zip.ts';
import { disagreement } from './agrees-with-stream.ts';
import { decodePlan } from './decode-plan.ts';
import type { ProviderSchemas } from './provider-schemas.ts';
import type { Members } from './value-shape.ts';

const FIXTURES = ['create', 'destroy', 'mixed', 'sensitive', 'unchanged', 'providers'];
const mask = (text: string) => text.replaceAll('third', '(masked)');
const TERRAFORM = { name: 'terraform', version: '1.11.4' } as const;

async function planOf(name: string): Promise<Buffer> {
  const bytes = await readPlanEntry(planFixture(`${name}.tfplan`), 'tfplan', 1e7);
  if (!bytes) throw new Error(`${name}.tfplan is damaged`);
  return bytes;
}

function toldOf(name: string): PlanStreamResult {
  const stream = createPlanStream({ dir: '.', work: '/', mask: String });
  stream.push(readFileSync(planFixture(`${name}.stream.jsonl`)));
  return stream.end();
}

describe('a saved plan', () => {
  let schemas: ProviderSchemas;
  beforeAll(() => {
    schemas = fixtureSchemas();
  });
  const decode = (bytes: Buffer, more = {}) =>
    decodePlan(bytes, { engine: TERRAFORM, mask, schemasOf: async () => schemas, ...more });

  it.each(FIXTURES)('means what show says: %s', async (name) => {
    const decoded = await decode(await planOf(name));
    expect(decoded.shown).toEqual(await readShow(planFixture(`${name}.show.json`), mask));
    expect(disagreement(decoded, toldOf(name))).toBeNull();
    expect(JSON.stringify(decoded.shown)).not.toContain('canary');
  });

  it('is told from what the engine planned by any other plan', async () => {
    for (const name of FIXTURES) {
      const decoded = await decode(await planOf(name));
      for (const other of FIXTURES) {
        expect(disagreement(decoded, toldOf(other)) === null, `${name} and ${other}`).toBe(name === other);
      }
      const told = toldOf(name);
      const summary = { add: 17, change: 0, remove: 0, operation: 'plan' };
      expect(disagreement(decoded, { ...told, summary })).toMatch(/counts/);
      expect(disagreement(decoded, { ...told, summary: null })).toMatch(/counts/);
    }
  });

  it.each([
    ['of another format', (plan: Buffer) => Buffer.concat([plan, field(1, 4)]), /format 4/],
    ['with a field that nobody has heard of', (plan: Buffer) => Buffer.concat([plan, field(99, 'x')]), /field 99/],
    ['of another version', (plan: Buffer) => Buffer.concat([plan, field(14, '1.11.5')]), /another version/],
    ['that ends early', (plan: Buffer) => plan.subarray(0, plan.length - 1), /ends within/],
    ['of a resource without a change', (plan: Buffer) => Buffer.concat([plan, field(3, field(13, 'a.b'))]), /resource/],
  ])('%s is left to the engine', async (_name, change, message) => {
    await expect(decode(change(await planOf('mixed')))).rejects.toThrow(message);
  });

  it('says that it is errored', async () => {
    const plan = Buffer.concat([await planOf('create'), field(20, 1)]);
    expect((await decode(plan)).shown.errored).toBe(true);
  });

  it('of a type that no schema has is left to the engine', async () => {
    const none = async () => ({ membersOf: () => undefined });
    await expect(decode(await planOf('create'), { schemasOf: none })).rejects.toThrow(/schemas do not have/);
  });

  it('with a value larger than a mebibyte is left to the engine', async () => {
    const output = Buffer.concat([field(1, 'o'), field(2, field(6, 'x'.repeat(2 ** 20)))]);
    await expect(decode(Buffer.concat([await planOf('create'), field(4, output)]))).rejects.toThrow(/larger than/);
  });

  it('knows the actions that each engine has for itself', async () => {
    const plan = (action: number) => planWith({ action, values: [msgpack({ a: 'x' }), msgpack({ a: 'y' })] });
    const actions = async (name: 'terraform' | 'opentofu', action: number) =>
      (
        await decode(plan(action), {
          engine: { name, version: '1.11.4' },
          schemasOf: async () => ({ membersOf: () => ({}) }),
        })
      ).changes[0]?.actions;
    expect(await actions('terraform', 9)).toEqual(['create', 'forget']);
    expect(await actions('opentofu', 10)).toEqual(['create', 'forget']);
    await expect(actions('terraform', 10)).rejects.toThrow(/action 10/);
    await expect(actions('opentofu', 9)).rejects.toThrow(/action 9/);
  });

  it('hides what its schema calls sensitive, in blocks and nested attributes of every kind', async () => {
    const inner: Members = { p: { sensitive: true }, n: { type: 'number' } };
    const nesting = (kind: 'single' | 'group' | 'list' | 'set' | 'map') => ({ nesting: kind, members: inner });
    const members: Members = {
      one: nesting('single'),
      g: nesting('group'),
      l: nesting('list'),
      s: nesting('set'),
      m: nesting('map'),
    };
    const item = { n: 17, p: 'CANARY', t: 'open' };
    const value = {
      g: null,
      l: [item, { ...item, p: UNKNOWN_BYTES }],
      m: { k: item },
      one: item,
      s: [{ ...item, t: 'hidden as well' }],
    };
    const plan = planWith({ action: 1, values: [msgpack(value)] });
    const { shown } = await decode(plan, { schemasOf: async () => ({ membersOf: () => members }) });
    const [{ attributes } = { attributes: [] }] = shown.projection.changes;
    expect(attributes.map(({ path, after }) => `${path} = ${after}`)).toEqual([
      'l[0].n = 17',
      'l[0].p = (sensitive)',
      'l[0].t = open',
      'l[1].n = 17',
      'l[1].t = open',
      'l[1].p = (sensitive)',
      'm.k.n = 17',
      'm.k.p = (sensitive)',
      'm.k.t = open',
      'one.n = 17',
      'one.p = (sensitive)',
      'one.t = open',
      's = (sensitive)',
    ]);
  });

  it('is not read with the schema of something else', async () => {
    const tries: [unknown, Members][] = [
      [{ a: 17 }, {}],
      [{ a: 'x' }, { a: { type: 'number' } }],
      [{ a: 'x' }, { a: { nesting: 'list', members: {} } }],
      [{ a: [] }, { a: { nesting: 'map', members: {} } }],
      [{ a: {} }, { a: { type: ['set', 'number'] } }],
      [{ a: [1] }, { a: { type: ['tuple', ['number', 'number']] } }],
      [{ a: Buffer.from([0x92, 0xc4, 3, 0x7b, 0x7d, 0x21, 0xc0]) }, {}],
    ];
    for (const [value, members] of tries) {
      const plan = planWith({ action: 1, values: [msgpack(value)] });
      await expect(decode(plan, { schemasOf: async () => ({ membersOf: () => members }) })).rejects.toThrow();
    }
  });

  it('that was damaged is read or refused cleanly', { timeout: 60_000 }, async () => {
    for (const name of ['sensitive', 'providers', 'mixed']) {
      const plan = await planOf(name);
      const damage = fc.oneof(
        fc.array(fc.tuple(fc.nat(plan.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }).map((flips) => {
          const copy = Buffer.from(plan);
          for (const [at, byte] of flips) copy[at] = byte;
          return copy;
        }),
        fc.nat(plan.length - 1).map((length) => plan.subarray(0, length)),
        fc
          .tuple(fc.nat(plan.length - 1), fc.uint8Array({ maxLength: 64 }))
          .map(([at, bytes]) => Buffer.concat([plan.subarray(0, at), bytes, plan.subarray(at)])),
      );
      const told = toldOf(name);
      await fc.assert(
        fc.asyncProperty(damage, async (bytes) => {
          const decoded = await decode(bytes).catch((error: unknown) => error);
          if (!(decoded instanceof Error)) disagreement(decoded as Awaited<ReturnType<typeof decode>>, told);
          else expect(decoded instanceof HoldfastError || decoded instanceof SyntaxError, String(decoded)).toBe(true);
        }),
        { numRuns: 1500 },
      );
    }
  });
});

function planWith({ action, values }: { action: number; values: readonly Buffer[] }): Buffer {
  const change = Buffer.concat([field(1, action), ...values.map((value) => field(2, field(1, value)))]);
  const resource = [field(13, 'x_y.z'), field(8, 'provider["example.com/a/x"]'), field(9, change)];
  return Buffer.concat([field(1, 3), field(14, '1.11.4'), field(3, Buffer.concat(resource))]);
}
