import { describe, expect, it } from 'vitest';
import { engineScript } from './starter-script.ts';

const command = {
  binary: '/bin/engine',
  args: ['plan', "it's"],
  cwd: '/srv/a b',
  env: { A: "x'y\n$(z)", PWD: '/no' },
};

describe('what a starter reads', () => {
  it('is one group of commands, with every word in single quotes', () => {
    expect(engineScript('/runs/r-1/plan', command)).toBe(`{
d='/runs/r-1/plan'
(
begin "$d" '/srv/a b'
export A='x'\\''y
$(z)'
exec '/bin/engine' 'plan' 'it'\\''s'
) </dev/null >"$d/out" 2>"$d/err"
over "$d" $?
}
`);
  });

  it('has no variables where there are none', () => {
    expect(engineScript('/d', { ...command, env: {} })).not.toContain('export');
  });

  it.each([
    ['a name that no shell knows', { env: { 'TF_VAR_a-b': '1' } }],
    ['a name that is shell text', { env: { 'A=$(x);B': '1' } }],
    ['an empty name', { env: { '': '1' } }],
    ['a name that a shell sets by itself', { env: { BASH_ENV: '1' } }],
    ['a name that a shell counts with', { env: { OPTIND: 'x' } }],
    ['a NUL in a value', { env: { A: 'a\0b' } }],
    ['a NUL in an argument', { args: ['a\0b'] }],
    ['a value that is longer than the kernel takes', { env: { A: 'x'.repeat(200_000) } }],
    ['more than a shell should parse', { args: Array.from({ length: 10 }, () => 'x'.repeat(90_000)) }],
    ['a relative directory', { cwd: 'work' }],
    ['a binary that is looked for', { binary: 'terraform' }],
  ])('is nothing for %s', (_what, odd) => {
    expect(engineScript('/d', { ...command, ...odd })).toBeNull();
  });
});
