import { describe, expect, it } from 'vitest';
import { type FoundEngines, resolveEngine, type WantedEngine } from './resolve-engine.ts';

const wanted = (more: Partial<WantedEngine> = {}): WantedEngine => ({
  stack: 'net',
  name: 'terraform',
  version: null,
  required: [],
  ...more,
});
const PATH = { binary: '/usr/bin/terraform', version: '1.11.4' };
const found = (more: Partial<FoundEngines> = {}): FoundEngines => ({
  dir: '/opt/engines',
  versions: ['1.5.7', '1.10.0', '1.9.8', '1.12.0-beta1'],
  onPath: PATH,
  ...more,
});

describe('resolveEngine', () => {
  it.each([
    ['nothing asked: PATH', {}, {}, { from: 'path', version: '1.11.4' }],
    [
      'nothing asked, none on PATH: the newest',
      {},
      { onPath: null, versions: ['1.9.8', '1.10.0'] },
      { from: 'dir', version: '1.10.0' },
    ],
    ['exact, in the folder', { version: '1.5.7' }, {}, { from: 'dir', version: '1.5.7' }],
    ['exact, on PATH', { version: '1.11.4' }, {}, { from: 'path', version: '1.11.4' }],
    [
      'required: the newest of the folder that fits',
      { required: ['~> 1.5', '< 1.11'] },
      {},
      { from: 'dir', version: '1.10.0' },
    ],
    ['required, only PATH fits', { required: ['>= 1.11'] }, {}, { from: 'path', version: '1.11.4' }],
    [
      'a pre-release where nothing else fits',
      { required: ['>= 1.11.5'] },
      {},
      { from: 'dir', version: '1.12.0-beta1' },
    ],
    [
      'an exact pre-release that its configuration allows',
      { version: '1.12.0-beta1', required: ['~> 1.12.0'] },
      {},
      { from: 'dir', version: '1.12.0-beta1' },
    ],
    ['a constraint as the version', { version: '~> 1.9.0' }, {}, { from: 'dir', version: '1.9.8' }],
    [
      'an unreadable constraint is left to the engine',
      { required: ['var.x'] },
      { dir: null, versions: [] },
      { from: 'path', version: '1.11.4' },
    ],
  ] as const)('%s', (_name, want, has, chosen) => {
    expect(resolveEngine(wanted(want), found(has))).toEqual(chosen);
  });

  it('says for OpenTofu, which would not, that a constraint is none', () => {
    const want = wanted({ name: 'opentofu', required: ['~> 1.12.0-rc1'] });
    expect(() => resolveEngine(want, found())).toThrow(
      'its `required_version` `~> 1.12.0-rc1` is no version constraint that OpenTofu takes',
    );
  });

  it('no version satisfies both engine_version and required_version: no binary is asked for', () => {
    const want = wanted({ version: '1.9.8', required: ['>= 1.5', '~> 1.10'] });
    expect(() => resolveEngine(want, found())).toThrow(
      'stack `net` asks for terraform 1.9.8, and its `required_version` for `~> 1.10`: change `engine_version` in holdfast.yaml, or `required_version` in the configuration',
    );
  });

  it.each([
    [
      { version: '1.13.0' },
      {},
      "stack `net` needs terraform 1.13.0; this worker has 1.11.4 on PATH (/usr/bin/terraform) and 1.5.7, 1.10.0, 1.9.8, 1.12.0-beta1 in /opt/engines: put it at /opt/engines/1.13.0/terraform, or install it on the worker's PATH",
    ],
    [
      { name: 'opentofu' as const },
      { dir: null, versions: [], onPath: null },
      "stack `net` needs opentofu; this worker has none: install tofu on the worker's PATH, or set `engines.dir` in server.yaml and put it at <engines.dir>/1.x.y/tofu",
    ],
    [
      { required: ['>= 2.0'] },
      { dir: null, versions: [], onPath: { binary: '/usr/bin/terraform', problem: 'cannot be run on this machine' } },
      "stack `net` needs terraform `>= 2.0`; this worker has /usr/bin/terraform, which cannot be run on this machine: install terraform on the worker's PATH, or set `engines.dir` in server.yaml and put it at <engines.dir>/1.x.y/terraform",
    ],
  ])('says what is needed and where to put it: %j', (want, has, message) => {
    expect(() => resolveEngine(wanted(want), found(has))).toThrow(message);
  });
});
