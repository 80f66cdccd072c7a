import { describe, expect, it } from 'vitest';
import { collectSchemaLines, schemasIn } from './schema-file.ts';
import { membersOf } from './value-shape.ts';

const BLOCK = {
  attributes: {
    open: { type: 'string' },
    flags: { type: ['list', 'bool'] },
    any: { type: 'dynamic', optional: true },
    secret: { type: 'string', sensitive: true },
    count: { type: 'number' },
    tags: { type: ['set', 'string'] },
    deep: { type: ['map', ['object', { n: 'number' }]], sensitive: true },
    nested: {
      nested_type: {
        nesting_mode: 'set',
        attributes: { p: { type: 'string', sensitive: true }, q: { type: 'string' } },
      },
    },
    constructor: { type: 'number' },
  },
  block_types: {
    timeouts: { nesting_mode: 'single', block: { attributes: { create: { type: 'string' } } } },
    rule: { nesting_mode: 'list', block: { attributes: { port: { type: 'number' } }, block_types: {} } },
  },
};

describe('membersOf', () => {
  it('keeps what a plan is read and masked with, and nothing else', () => {
    expect(membersOf(BLOCK)).toEqual({
      secret: { sensitive: true },
      count: { type: 'number' },
      tags: { type: ['set', 'string'] },
      deep: { sensitive: true, type: ['map', ['object', { n: 'number' }]] },
      nested: { nesting: 'set', members: { p: { sensitive: true } } },
      constructor: { type: 'number' },
      timeouts: { nesting: 'single', members: {} },
      rule: { nesting: 'list', members: { port: { type: 'number' } } },
    });
    expect(membersOf({})).toEqual({});
  });

  it('refuses a schema of another form', () => {
    expect(() => membersOf({ attributes: { a: {} } })).toThrow(/without a type/);
    expect(() => membersOf({ block_types: { a: { nesting_mode: 'twice', block: {} } } })).toThrow(/nesting/);
    let block: object = {};
    for (let i = 0; i < 50; i++) block = { block_types: { a: { nesting_mode: 'single', block } } };
    expect(() => membersOf(block)).toThrow(/deeply/);
  });
});

describe('schema lines', () => {
  it('give back what was added, by provider and type', () => {
    const lines = collectSchemaLines();
    lines.add({ provider: 'x/a/b', type: 'b_one' }, membersOf(BLOCK));
    lines.add({ provider: 'x/a/b', type: 'b_one_more' }, {});
    const schemas = schemasIn(Buffer.from(lines.text() ?? ''));
    expect(schemas.membersOf({ provider: 'x/a/b', type: 'b_one' })).toEqual(membersOf(BLOCK));
    expect(schemas.membersOf({ provider: 'x/a/b', type: 'b_one_more' })).toEqual({});
    expect(schemas.membersOf({ provider: 'a/b', type: 'b_one' })).toBeUndefined();
    expect(schemas.membersOf({ provider: 'x/a/b', type: 'b_on' })).toBeUndefined();
  });

  it('are none where they would be too many', () => {
    const lines = collectSchemaLines();
    for (let i = 0; i < 5; i++) lines.add({ provider: 'x', type: 'y'.repeat(2 ** 21) }, {});
    expect(lines.text()).toBeNull();
  });
});
