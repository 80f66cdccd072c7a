import { expect, test } from 'vitest';
import { passwordOf, stackOfPath, stateUrl } from './state-address.ts';

test('an address names the stack percent-encoded, with the token as userinfo', () => {
  const url = stateUrl('https://hf.example.com', 'net/prod ä', 'to-ken_1');
  expect(url).toBe('https://hf:to-ken_1@hf.example.com/state/net%2Fprod%20%C3%A4');
  expect(stateUrl('http://127.0.0.1:4600/', 'a', 't')).toBe('http://hf:t@127.0.0.1:4600/state/a');
  expect(stateUrl('https://example.com/holdfast', 'a', 't')).toBe('https://hf:t@example.com/holdfast/state/a');
});

test.each(['a', 'net/prod', '../../etc', 'a%2Fb', 'state', 'x?y#z', 'ä€😀', '%', ' '])('%j is found again', (stack) => {
  expect(stackOfPath(`${new URL(stateUrl('http://h:1', stack, 't')).pathname}?ID=1`)).toBe(stack);
});

test.each(['/state', '/state/', '/state/%', '/state/%ff', '/state/a%00b', `/state/${'x'.repeat(513)}`])(
  '%s names no stack',
  (path) => {
    expect(() => stackOfPath(path)).toThrow(/names no stack/);
  },
);

test.each([
  ['Basic aGY6c2VjcmV0', 'secret'],
  ['basic OnNlY3JldDp4', 'secret:x'],
  ['Basic aGY6', null],
  ['Basic aGY=', null],
  ['Bearer secret', null],
  ['', null],
  [undefined, null],
])('%s holds the password %s', (header, password) => {
  expect(passwordOf(header)).toBe(password);
});
