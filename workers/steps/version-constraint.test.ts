import { describe, expect, it } from 'vitest';
import { exactVersion, satisfiesConstraint } from './version-constraint.ts';

describe('satisfiesConstraint', () => {
  it.each([
    ['1.11.4', '1.11.4', true],
    ['1.11.4', '= 1.11.3', false],
    ['1.11.4', '!= 1.11.3', true],
    ['1.11.4', '>= 1.5, < 2.0.0', true],
    ['2.0.0', '>= 1.5, < 2.0.0', false],
    ['1.11.4', '~> 1.5', true],
    ['2.0.0', '~> 1.5', false],
    ['1.4.9', '~> 1.5', false],
    ['1.5.9', '~> 1.5.3', true],
    ['1.6.0', '~> 1.5.3', false],
    ['1.5.2', '~> 1.5.3', false],
    ['3.0.0', '~> 1', true],
    ['0.9.0', '~> 1', false],
    // As terraform and tofu say: "Prerelease versions … will match constraints using their version core only".
    ['1.12.0-rc1', '>= 1.5', true],
    ['1.12.0-rc1', '>= 1.12', true],
    ['1.12.0-rc1', '= 1.12.0', true],
    ['1.12.0-rc1', '< 1.12.0', false],
    ['1.12.0-rc1', '~> 1.11.0', false],
    ['1.12.0-rc1', '!= 1.12.0', false],
    // "Prerelease version constraints are not supported": for the engine to say, with file and line.
    ['1.12.0-rc1', '1.12.0-rc1', null],
    ['1.12.0', '~> 1.12.0-rc1', null],
    ['1.11.4', '', null],
    ['1.5.0', '>=1.5', true],
    ['1.5.0', '>1.5', false],
    ['1.11.4', 'latest', null],
    ['1.11.4', '>= 1.5,', null],
    ['1.11.4', '=> 1.5', null],
  ])('%s under `%s`: %s', (version, constraint, expected) => {
    expect(satisfiesConstraint(version, constraint)).toBe(expected);
  });

  it('knows an exact version from a constraint', () => {
    expect(exactVersion(' v1.11.4 ')).toBe('1.11.4');
    expect(exactVersion('1.11')).toBeNull();
    expect(exactVersion('~> 1.11.4')).toBeNull();
  });
});
