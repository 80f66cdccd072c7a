import { describe, expect, it } from 'vitest';
import { backendProblem } from './check-backend.ts';
import { cliConfigText } from './cli-config.ts';
import { initFingerprint } from './init-fingerprint.ts';
import { listsMovingModule } from './moving-modules.ts';
import { namesInit } from './plan-step.ts';

const record = (type: string, config: object) => JSON.stringify({ version: 3, backend: { type, config, hash: 1 } });

describe('backendProblem', () => {
  it.each([
    [record('http', { address: null, username: null }), null],
    [record('http', { address: null, username: 'u' }), /an http backend with a `username` of its own/],
    [record('http', { address: 'http://x', skip_cert_verification: false }), /`address`/],
    [record('local', { path: null }), /the backend `local`/],
    [record('cloud', {}), /the backend `cloud`/],
    ['{}', /cannot be read/],
    ['no json', /cannot be read/],
  ])('of %s', (text, problem) => {
    if (problem === null) expect(backendProblem(text)).toBeNull();
    else expect(backendProblem(text)).toMatch(problem);
  });
});

describe('listsMovingModule', () => {
  const SHA = '0123456789abcdef0123456789abcdef01234567';
  it.each([
    ['', false],
    ['./m', false],
    ['../../modules/m', false],
    [`git::https://example.com/m.git?ref=${SHA}`, false],
    [`git::https://example.com/m.git?depth=1&ref=${SHA}&x=1`, false],
    ['git::https://example.com/m.git?ref=main', true],
    ['git::https://example.com/m.git?ref=v1.2.3', true],
    ['registry.terraform.io/a/b/c', true],
    ['https://example.com/m.zip', true],
  ])('for the source `%s`: %s', (source, expected) => {
    expect(
      listsMovingModule(JSON.stringify({ Modules: [{ Key: '', Source: '', Dir: '.' }, { Source: source }] })),
    ).toBe(expected);
  });

  it('counts what it cannot read as moving', () => {
    for (const text of ['', 'no json', '{}', 'null']) expect(listsMovingModule(text)).toBe(true);
  });
});

describe('namesInit', () => {
  const told = (severity: 'error' | 'warning', summary: string, detail = '') => ({
    diagnostics: [{ severity, summary, detail, file: null, line: null, address: null }],
  });
  it.each([
    [told('error', 'Backend initialization required: please run "terraform init"'), true],
    [told('error', 'Backend initialization required, please run "tofu init"'), true],
    [
      told(
        'error',
        'Module not installed',
        'This module is not yet installed. Run "terraform init" to install all modules.',
      ),
      true,
    ],
    [
      told(
        'error',
        'Inconsistent dependency lock file',
        'To update the locked dependency selections, run:\n  terraform init -upgrade',
      ),
      true,
    ],
    [told('error', 'Required plugins are not installed', 'run:\n  tofu init'), true],
    [told('warning', 'run terraform init'), false],
    [told('error', 'Unsupported argument', 'An argument named "terraform_init" is not expected here.'), false],
  ])('%j: %s', (stream, expected) => {
    expect(namesInit(stream)).toBe(expected);
  });
});

describe('initFingerprint', () => {
  const input = {
    assignment: { init_key: 'k', backend: 'own' as const, workspace: 'default' },
    engine: { name: 'terraform', version: '1.11.4' },
    mirror: null,
  };

  it('moves with everything that init depends on', () => {
    const all = [
      input,
      { ...input, assignment: { ...input.assignment, init_key: 'k2' } },
      { ...input, assignment: { ...input.assignment, backend: 'override' as const } },
      { ...input, assignment: { ...input.assignment, workspace: 'w' } },
      { ...input, engine: { name: 'opentofu', version: '1.11.4' } },
      { ...input, engine: { name: 'terraform', version: '1.11.5' } },
      { ...input, mirror: '/m' },
    ].map(initFingerprint);
    expect(new Set(all).size).toBe(all.length);
    expect(initFingerprint(input)).toBe(all[0]);
  });
});

describe('cliConfigText', () => {
  it('takes providers from the mirror alone, or from their registries', () => {
    expect(cliConfigText('/srv/mirror')).toContain('filesystem_mirror {\n    path = "/srv/mirror"\n  }\n}');
    expect(cliConfigText('/srv/mirror')).not.toContain('direct');
    expect(cliConfigText(null)).toContain('provider_installation {\n  direct {}\n}');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: HCL's interpolation is what is tested
    for (const path of ['/a"b', '/a\nb', '/a${b}', '/a\\b'])
      expect(() => cliConfigText(path)).toThrow(/providers.mirror/);
  });
});
