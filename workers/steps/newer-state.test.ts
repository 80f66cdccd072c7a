import { expect, it } from 'vitest';
import { newerStateText } from './newer-state.ts';

const TERRAFORM = { name: 'terraform', version: '1.11.4' } as const;

it.each([
  ['1.12.6', true],
  ['1.11.5', true],
  ['1.11.4', false],
  ['1.11.4-beta1', false],
  ['0.15.0', false],
  [undefined, false],
  ['what', false],
])('a state of %s is told: %s', (version, isTold) => {
  expect(newerStateText('net', TERRAFORM, version) !== null).toBe(isTold);
});

it('names the stack, both versions and the way out', () => {
  expect(newerStateText('net', TERRAFORM, '1.12.6')).toBe(
    'the state of stack `net` was last written by version 1.12.6, which is newer than terraform 1.11.4: an older engine can lose what a newer one wrote; set `engine_version: 1.12.6` (or its engine) in holdfast.yaml',
  );
});
