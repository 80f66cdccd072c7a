import { expect, it } from 'vitest';
import { canNamePaths, leavesApp, parentPaths } from './outside-paths.ts';

it.each([
  ["import x from '../shared/x.ts';", ['../shared/x.ts']],
  ["join(import.meta.dirname, '..', 'shared')", ['..']],
  ['"extends": "../../tsconfig.json"', ['../../tsconfig.json']],
  ['require("./../a")', ['./../a']],
  ['const a = [...list, ...more];', []],
  ["console.log('wait...');", []],
  ['// see ../README.md for more', ['../README.md']],
])('%s', (text, paths) => {
  expect(parentPaths(text).map(({ path }) => path)).toEqual(paths);
});

it.each([
  ['app', 'app/src/main.ts', '../lib/a.ts', null],
  ['app', 'app/main.ts', '../shared/a.ts', 'app/main.ts:1 names ../shared/a.ts'],
  ['app', 'app/src/main.ts', '../..', 'app/src/main.ts:1 names ../..'],
  ['app', 'app/src/main.ts', '..', null],
  ['.', 'src/main.ts', '../lib', null],
])('in the app in %s, %s that names %s', (app, file, path, said) => {
  expect(leavesApp(app, file, [{ path, line: 1 }])).toBe(said);
});

it('lock files and pictures name nothing', () => {
  expect(['a/main.ts', 'a/package.json', 'a/package-lock.json', 'a/x.png'].map(canNamePaths)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
