import fc from 'fast-check';
import { expect, test } from 'vitest';
import { change, projection } from '../../../test/support/notification-bodies.ts';
import type { PlanAction } from '../../kernel/plan-outcome.ts';
import { codePoints } from './clean-text.ts';
import { excerptOf } from './plan-excerpt.ts';
import { type PlanLines, planLines } from './plan-lines.ts';

const attribute = (path: string) => ({ path, before: '"a"', after: '"b"' });
const PLAN = excerptOf(
  projection([
    change('module.a.aws_eip.one', 'create', [attribute('domain')]),
    change('module.a.aws_eip.two', 'create', [attribute('domain')]),
    change('aws_vpc.main', 'update', [attribute('tags'), attribute('cidr')]),
    change('aws_nat.old', 'delete', [attribute('id')]),
  ]),
);
const at = (size: number): PlanLines => planLines(PLAN, { codePoints: size, bytes: 4 * size });

test('with room every attribute is shown, the most dangerous resource first', () => {
  const { level, lines } = at(1000);
  expect(level).toBe(0);
  expect(lines.slice(0, 3)).toEqual(['- aws_nat.old', '    id: "a" -> "b"', '~ aws_vpc.main']);
});

test('a resource of a CDKTF app is shown with its construct, where attributes are', () => {
  const plan = excerptOf(projection([{ ...change('aws_vpc.main_1', 'create', []), construct: 'network/main' }]));
  expect(planLines(plan, { codePoints: 1000, bytes: 4000 }).lines).toEqual([
    '+ aws_vpc.main_1',
    '    construct network/main',
  ]);
});

test('with less room only what is destroyed or replaced keeps its values', () => {
  const { level, lines } = at(130);
  expect(level).toBe(1);
  expect(lines).toEqual([
    '- aws_nat.old',
    '    id: "a" -> "b"',
    '~ aws_vpc.main: tags, cidr',
    '+ module.a.aws_eip.one: domain',
    '+ module.a.aws_eip.two: domain',
  ]);
});

test('then one line a resource, a module named once', () => {
  expect(at(80)).toEqual({
    level: 2,
    lines: ['- aws_nat.old', '~ aws_vpc.main', 'module.a:', '  + aws_eip.one', '  + aws_eip.two'],
    note: null,
  });
});

test('what is left out is said, and it is never a destroy', () => {
  expect(at(45)).toMatchObject({ level: 2, note: 'showing 2 of 4 changes' });
  const many = excerptOf(projection(Array.from({ length: 300 }, (_, i) => change(`aws_eip.number_${i}`, 'delete'))));
  expect(planLines(many, { codePoints: 500, bytes: 2000 })).toEqual({
    level: 3,
    lines: ['- 300 × aws_eip to destroy'],
    note: null,
  });
});

test('without any room nothing is shown: the headline has the counts', () => {
  expect(at(5)).toEqual({ level: 4, lines: [], note: null });
});

test('an excerpt of a huge plan says how many there are in all', () => {
  const huge = projection(
    Array.from({ length: 20_000 }, (_, i) => change(`aws_instance.i${i}`, 'update', [attribute('tags')])),
    { left_out: 500 },
  );
  const excerpt = excerptOf(huge);
  expect(Buffer.byteLength(JSON.stringify(excerpt))).toBeLessThan(64 * 1024);
  expect(planLines(excerpt, { codePoints: 2000, bytes: 8000 }).note).toMatch(/^showing \d+ of 20500 changes$/u);
});

test('attributes beyond twelve are counted, values are cut', () => {
  const attributes = Array.from({ length: 20 }, (_, i) => ({ path: `a${i}`, before: null, after: 'x'.repeat(500) }));
  const { lines } = planLines(excerptOf(projection([change('aws_x.y', 'update', attributes)])), {
    codePoints: 5000,
    bytes: 20_000,
  });
  expect(lines).toHaveLength(14);
  expect(lines.at(-1)).toBe('    … 8 more');
  expect(codePoints(lines[1] ?? '')).toBeLessThan(135);
});

test('any plan fits any budget', () => {
  const anyChange = fc.record({
    address: fc.string({ unit: 'grapheme', maxLength: 80 }),
    type: fc.string({ maxLength: 20 }),
    actions: fc.array(
      fc.constantFrom<PlanAction>('create', 'update', 'delete', 'replace', 'forget', 'move', 'import'),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    attributes: fc.constant([attribute('x')]),
  });
  fc.assert(
    fc.property(fc.array(anyChange, { maxLength: 50 }), fc.nat(4000), fc.nat(4000), (changes, points, bytes) => {
      const { lines, level } = planLines(excerptOf(projection(changes)), { codePoints: points, bytes });
      const text = lines.map((line) => `${line}\n`).join('');
      expect(codePoints(text)).toBeLessThanOrEqual(points);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bytes);
      if (level === 4) expect(lines).toEqual([]);
    }),
  );
});
