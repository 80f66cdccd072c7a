import { expect, test } from 'vitest';
import { Secret } from './secret.ts';
import { environmentFor, matchesStack } from './stack-environment.ts';

const rules = [
  { stacks: ['**'], phase: 'all', pass: ['HTTPS_PROXY', 'AWS_*'], values: {} },
  { stacks: ['prod/**', '!prod/dns'], phase: 'apply', pass: [], values: { VAULT_TOKEN: new Secret('s') } },
  { stacks: ['dev'], phase: 'init', pass: [], values: { A: new Secret('b') } },
] as const;

test('a stack gets the rules that name it, in their order, in clear', () => {
  expect(environmentFor('prod/net', rules)).toEqual([
    { phase: 'all', pass: ['HTTPS_PROXY', 'AWS_*'], values: {} },
    { phase: 'apply', pass: [], values: { VAULT_TOKEN: 's' } },
  ]);
  expect(environmentFor('prod/dns', rules)).toHaveLength(1);
  expect(environmentFor('dev', rules)).toHaveLength(2);
});

test.each([
  [['**'], 'a/b', true],
  [['**'], '.hidden/x', true],
  [['prod/**'], 'prod', true],
  [['prod/*'], 'prod/a/b', false],
  [['prod-*'], 'prod-eu', true],
  [['!prod/**'], 'dev', true],
  [['!prod/**'], 'prod/a', false],
  [['prod/**', '!prod/a', 'prod/a'], 'prod/a', true],
  [[], 'a', false],
])('globs %o match %s: %s', (globs, name, expected) => {
  expect(matchesStack(globs, name)).toBe(expected);
});
