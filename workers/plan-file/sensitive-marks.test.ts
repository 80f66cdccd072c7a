import { describe, expect, it } from 'vitest';
import { CtySet, type CtyValue, UNKNOWN } from './cty-value.ts';
import { sensitiveMask, type ValuePath } from './sensitive-marks.ts';

const map = (members: Record<string, CtyValue>): CtyValue => new Map(Object.entries(members));
const VALUE = map({
  list: ['a', map({ x: 'y', z: null })],
  nothing: null,
  set: new CtySet(['a', 'b']),
  text: 'a',
  unknown: UNKNOWN,
  map: map({ 'a.b': 'x', __proto__x: 'y' }),
});
const mask = (...paths: ValuePath[]) => sensitiveMask(VALUE, paths, {});

describe('sensitiveMask', () => {
  it('has the shape of the value, and leaves members out that are open', () => {
    expect(mask()).toEqual({ list: [false, {}], set: [false, false], map: {} });
    expect(mask(['text'], ['list', 1, 'x'], ['map', 'a.b'], ['unknown'], ['nothing'])).toEqual({
      list: [false, { x: true }],
      map: { 'a.b': true },
      nothing: true,
      set: [false, false],
      text: true,
      unknown: true,
    });
    expect(mask([])).toBe(true);
  });

  it('hides a set as a whole, whichever element is meant', () => {
    expect(mask(['set'])).toMatchObject({ set: true });
    expect(mask(['set', 'a'])).toMatchObject({ set: true });
    expect(mask(['set', 0, 'x'])).toMatchObject({ set: true });
  });

  it('needs no target within what is null or unknown', () => {
    expect(mask(['nothing', 'x'], ['unknown', 3])).toEqual(mask());
  });

  it.each<[string, ValuePath]>([
    ['a member that is not there', ['texts']],
    ['a position that is not there', ['list', 2]],
    ['a name in a list', ['list', 'x']],
    ['a position in a map', ['map', 0]],
    ['a part of a text', ['text', 0]],
    ['a member of an object that it has from elsewhere', ['map', 'constructor']],
  ])('refuses a path to %s', (_name, path) => {
    expect(() => mask(path)).toThrow(/leads nowhere/);
  });
});
