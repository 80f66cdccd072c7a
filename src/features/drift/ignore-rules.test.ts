import { expect, test } from 'vitest';
import { toAccept } from './accept-words.ts';
import type { DriftChange } from './drift-verdict.ts';
import { applyRules, isMatch } from './ignore-rules.ts';

const TODAY = '2026-11-21';
const change: DriftChange = {
  address: 'module.web["a.b"].aws_asg.x[0]',
  type: 'aws_asg',
  action: 'update',
  class: 'real',
  attributes: [
    { path: 'tags.Name', before: 'a', after: 'b' },
    { path: 'size', before: '1', after: '2' },
  ],
  why: '',
};
const rule = (parts: object) => ({ address: '*', attributes: [], reason: 'r', expires: null, ...parts });

test.each([
  ['module.web*', true],
  ['module.web["a.b"].aws_asg.x[0]', true],
  ['module.web["?.b"].*', true],
  ['*aws_asg*', true],
  ['aws_asg.*', false],
  ['module.web', false],
  ['', false],
  ['*', true],
])('%s names the address: %s', (glob, expected) => {
  expect(isMatch(glob, change.address)).toBe(expected);
});

test('a glob that would make a regular expression hang is answered at once', () => {
  expect(isMatch(`${'*a'.repeat(200)}b`, 'a'.repeat(4000))).toBe(false);
});

test('a rule without attributes covers all, one with attributes only what is below them', () => {
  expect(applyRules(change, [rule({})], TODAY)).toMatchObject({ kept: null, by: { reason: 'r' } });
  expect(applyRules(change, [rule({ attributes: ['tags'] })], TODAY).kept?.attributes).toEqual([change.attributes[1]]);
  expect(applyRules(change, [rule({ attributes: ['tags', 'size'] })], TODAY).kept).toBeNull();
  expect(applyRules(change, [rule({ attributes: ['tag', 'siz'] })], TODAY)).toEqual({ kept: change, by: null });
});

test('a rule holds until its day; what is gone is not covered by rules for attributes', () => {
  expect(applyRules(change, [rule({ expires: '2026-11-22' })], TODAY).kept).toBeNull();
  expect(applyRules(change, [rule({ expires: TODAY })], TODAY)).toEqual({ kept: change, by: null });
  const gone: DriftChange = { ...change, class: 'deleted_outside', action: 'delete' };
  expect(applyRules(gone, [rule({ attributes: ['tags', 'size'] })], TODAY).kept).toEqual(gone);
  expect(applyRules(gone, [rule({})], TODAY).kept).toBeNull();
});

test('a change whose attributes were cut stays, whatever the rules cover', () => {
  const attributes = Array.from({ length: 64 }, (_, i) => ({ path: `tags.t${i}`, before: 'a', after: 'b' }));
  expect(applyRules({ ...change, attributes }, [rule({ attributes: ['tags'] })], TODAY).kept).toMatchObject({
    attributes: [],
  });
});

test('what to write to keep what was found is said with attribute, block and place', () => {
  const found = {
    address: 'aws_s3.o',
    action: 'update' as const,
    attributes: [{ path: 'type', before: 'a', after: 'b "c"' }],
  };
  expect(toAccept(found, 'net/prod')).toBe(
    'write type = "b \\"c\\"" into resource "aws_s3" "o" in the files of net/prod, then push',
  );
  const inModule = { ...found, address: 'module.a["x.y"].module.b.aws_s3.o[1]' };
  expect(toAccept(inModule, '.')).toContain(
    'resource "aws_s3" "o" in the files of the module that module.a.module.b names',
  );
  expect(toAccept({ ...found, action: 'delete' }, 'n')).toContain('take resource "aws_s3" "o" out of the files of n');
  const secret = { ...found, attributes: [{ path: 'password', before: '(sensitive)', after: '(sensitive)' }] };
  expect(toAccept(secret, 'n')).toBe('write what was found into resource "aws_s3" "o" in the files of n, then push');
});
