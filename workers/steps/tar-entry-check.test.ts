import { describe, expect, it } from 'vitest';
import { kindOf, partsOf, staysInside } from './tar-entry-check.ts';

describe('a tar entry', () => {
  it.each(['Link', 'CharacterDevice', 'BlockDevice', 'FIFO', 'Sparse', 'SolarisACL'])(
    'of type %s is refused',
    (type) => {
      expect(() => kindOf(type, 'x')).toThrow(/only files, directories and symbolic links/);
    },
  );

  it.each(['/etc/passwd', '../x', 'a/../../x', 'a/..', 'a//b', './a', 'a/./b', 'a\0b', ''])(
    'with the path %j is refused',
    (path) => {
      expect(() => partsOf(path)).toThrow(/is no path inside the repository/);
    },
  );

  it('keeps any other name', () => {
    expect(partsOf('a/...b/ü \\ -rf/')).toEqual(['a', '...b', 'ü \\ -rf']);
  });
});

describe('staysInside', () => {
  it.each([
    ['l', { l: 'a' }, true],
    ['a/l', { 'a/l': '../b' }, true],
    ['a/l', { 'a/l': '../../b' }, false],
    ['l', { l: '/etc' }, false],
    ['l', { l: 'a/../../x' }, false],
    ['l', { l: 'l' }, true],
    ['l', { l: 'm', m: 'l' }, true],
    ['e', { 'a/b/d': '../..', e: 'a/b/d/../x' }, false],
    ['e', { d: 'a/b/c', e: 'd/../../..' }, true],
    ['e', { d: '/outside', e: 'd/x' }, false],
    ['a', { a: '.' }, true],
    ['a', { a: '..' }, false],
  ])('%s with %j: %s', (path, links, expected) => {
    expect(staysInside(path, new Map(Object.entries(links)))).toBe(expected);
  });
});
