import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanProjection } from '../../src/kernel/plan-outcome.ts';
import { createMask } from './mask-secrets.ts';
import { createProjection, PROJECTION_LIMITS, type ProjectionLimits } from './plan-projection.ts';
import type { ShowChange, ShowResourceChange } from './show-change.ts';

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../test/fixtures/plans/${name}.show.json`, import.meta.url), 'utf8'));

function project(shown: {
  resource_changes?: ShowResourceChange[];
  output_changes?: Record<string, ShowChange>;
  resource_drift?: ShowResourceChange[];
}): PlanProjection {
  const projection = createProjection((text) => text);
  for (const change of shown.resource_changes ?? []) projection.addChange(change);
  for (const change of shown.resource_drift ?? []) projection.addDrift(change);
  for (const [name, change] of Object.entries(shown.output_changes ?? {})) projection.addOutput(name, change);
  return projection.finish();
}

const none = { add: 0, change: 0, destroy: 0, replace: 0, import: 0, move: 0, forget: 0, outputs: 0 };

describe('the projection of real plans', () => {
  it.each([
    ['create', { ...none, add: 1 }],
    ['unchanged', none],
    ['destroy', { ...none, destroy: 1 }],
    ['mixed', { add: 0, change: 1, destroy: 1, replace: 1, import: 1, move: 1, forget: 1, outputs: 2 }],
    ['sensitive', { ...none, add: 1, change: 1, outputs: 1 }],
  ])('counts %s', (name, summary) => {
    expect(project(fixture(name)).summary).toEqual(summary);
  });

  it('names nested attributes by path', () => {
    const [change] = project(fixture('create')).changes;
    expect(change?.attributes).toEqual([
      { path: 'input.list[0]', before: null, after: '1' },
      { path: 'input.list[1].deep', before: null, after: 'true' },
      { path: 'input.name', before: null, after: 'x' },
      { path: 'input.tags["k/v"]', before: null, after: '1' },
      { path: 'id', before: null, after: '(known after apply)' },
      { path: 'output', before: null, after: '(known after apply)' },
    ]);
  });

  it('lists only what differs in an update, and no data source', () => {
    const { changes, outputs } = project(fixture('mixed'));
    const changed = changes.find(({ address }) => address === 'terraform_data.changed');
    expect(changed?.attributes.map(({ path }) => path)).toEqual([
      'input.list[1]',
      'input.list[2]',
      'input.name',
      'output',
    ]);
    expect(changes.map(({ address }) => address)).not.toContain('data.terraform_remote_state.r');
    expect(outputs).toEqual([
      { path: 'dropped', before: '1', after: null },
      { path: 'o', before: 'old', after: '{"a":"new"}' },
    ]);
  });

  it('masks what is sensitive on either side', () => {
    const projection = project(fixture('sensitive'));
    expect(JSON.stringify(projection)).not.toContain('canary');
    expect(projection.changes[0]?.attributes).toContainEqual({
      path: 'input.password',
      before: '(sensitive)',
      after: '(sensitive)',
    });
    expect(projection.changes[0]?.attributes).toContainEqual({ path: 'input.user', before: 'u', after: 'v' });
    expect(projection.outputs).toEqual([{ path: 'o', before: null, after: '(sensitive)' }]);
  });
});

const change = (actions: readonly string[], more: Partial<ShowChange> = {}): ShowChange => ({
  actions,
  before: null,
  after: null,
  ...more,
});
const resource = (
  address: string,
  actions: readonly string[],
  more: Partial<ShowResourceChange> = {},
): ShowResourceChange => ({
  address,
  mode: 'managed',
  type: 't',
  change: change(actions),
  ...more,
});

describe('createProjection', () => {
  it.each([
    [['create'], {}, ['create']],
    [['create', 'delete'], {}, ['replace']],
    [['delete', 'create'], {}, ['replace']],
    [['forget', 'create'], {}, ['create', 'forget']],
    [['no-op'], { previous_address: 'old' }, ['move']],
    [['update'], { previous_address: 'old' }, ['update', 'move']],
    [['no-op'], { previous_address: 'a' }, []],
    [['read'], { mode: 'data' }, []],
    [['open'], { mode: 'ephemeral' }, []],
    [['frobnicate'], {}, ['update']],
  ])('reads the actions %j with %j', (actions, more, expected) => {
    const [found] = project({ resource_changes: [resource('a', actions, more)] }).changes;
    expect(found?.actions ?? []).toEqual(expected);
  });

  it('keeps what destroys when there is no room for all, and counts the rest', () => {
    const projection = createProjection(String, { ...PROJECTION_LIMITS, changes: 2 });
    for (const name of ['a', 'b', 'c']) projection.addChange(resource(name, ['create']));
    projection.addChange(resource('d', ['delete']));
    const { changes, left_out, summary } = projection.finish();
    expect(changes.map(({ address }) => address)).toEqual(['a', 'd']);
    expect(left_out).toBe(2);
    expect(summary).toMatchObject({ add: 3, destroy: 1 });
  });

  it('masks known secrets and neutralises control characters in values', () => {
    const projection = createProjection(createMask(['hunter22']));
    projection.addChange(
      resource('a', ['create'], { change: change(['create'], { after: { x: 'is hunter22 \u001b[31mred\u202e' } }) }),
    );
    expect(projection.finish().changes[0]?.attributes).toEqual([
      { path: 'x', before: null, after: 'is (sensitive) red\ufffd' },
    ]);
  });

  it('stays within its bounds whatever a plan holds, and shows no sensitive value', () => {
    const limits: ProjectionLimits = { changes: 5, attributes: 3, valueUnits: 20, outputs: 2, totalUnits: 600 };
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.string({ maxLength: 50 }),
        fc.integer(),
        fc.constant(null),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(fc.string({ maxLength: 5 }), tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    const secret = fc.record({ open: value, hidden: fc.constant('CANARY'), list: fc.constant(['CANARY', 'CANARY']) });
    const side = fc.oneof(secret, fc.constant(null));
    const entry = fc.record({
      actions: fc.constantFrom(['create'], ['update'], ['delete'], ['delete', 'create']),
      before: side,
      after: side,
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
        const marks = { hidden: true, list: [true, true] };
        const projection = createProjection((text) => text, limits);
        for (const [i, { actions, before, after }] of entries.entries()) {
          const sides = change(actions, { before, after, before_sensitive: marks, after_sensitive: marks });
          projection.addChange(resource(`a${i}`, actions, { change: sides }));
          projection.addOutput(`o${i}`, { ...sides, before_sensitive: true });
        }
        const { changes, outputs, left_out } = projection.finish();
        expect(changes.length + left_out).toBe(entries.length);
        expect(changes.length).toBeLessThanOrEqual(5);
        expect(outputs.length).toBeLessThanOrEqual(2);
        for (const { attributes } of changes) {
          expect(attributes.length).toBeLessThanOrEqual(3);
          for (const { before, after } of attributes)
            expect(Math.max(before?.length ?? 0, after?.length ?? 0)).toBeLessThanOrEqual(20);
        }
        expect(JSON.stringify({ changes, outputs })).not.toContain('CANARY');
      }),
      { numRuns: 300 },
    );
  });
});
