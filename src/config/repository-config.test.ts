import { expect, test } from 'vitest';
import { checkAllowance } from './allowance.ts';
import { inspectRepositoryConfig } from './inspect-repository-config.ts';
import { renderProblem } from './problem.ts';
import { parseRepositoryConfig } from './repository-config.ts';

const parse = (text: string | null) => parseRepositoryConfig(text === null ? null : Buffer.from(text), { now: 0 });

test('without a file stacks are discovered with the default ignores', () => {
  for (const text of [null, '', 'stacks:\ndiscover:\n']) {
    expect(parse(text)).toEqual({
      file: 'holdfast.yaml',
      discover: { enabled: true, ignore: ['**/.terraform/**', '**/examples/**'] },
      stacks: [],
      problems: [],
    });
  }
});

test('an entry is filled with its defaults, but for its name and engine', () => {
  const { stacks, problems } = parse('stacks: [{dir: ./net/prod/, var_files: [a.tfvars]}]');
  expect(problems).toEqual([]);
  expect(stacks).toEqual([
    {
      name: null,
      dir: 'net/prod',
      engine: null,
      engine_version: null,
      workspace: 'default',
      var_files: ['a.tfvars'],
      env: {},
      when_modified: [],
      depends_on: [],
      wait_for_dependencies: 'applied',
      inputs: {},
      apply: 'manual',
      drift: null,
      cdktf: null,
      place: { line: 1, column: 10 },
    },
  ]);
});

test('an entry keeps what it says', () => {
  const text = `
stacks:
  - name: db
    dir: db
    engine_version: "1.10.0"
    drift: {every: 30m, ignore: [{address: a.b, reason: known, expires: 2999-01-01}]}
    apply: auto
    depends_on: [net]
    inputs: {vpc: {stack: net, output: vpc_id}}
`;
  expect(parse(text).stacks).toMatchObject([
    {
      name: 'db',
      engine_version: '1.10.0',
      apply: 'auto',
      depends_on: ['net'],
      inputs: { vpc: { stack: 'net', output: 'vpc_id' } },
      drift: {
        every_ms: 1_800_000,
        remediate: false,
        ignore: [{ address: 'a.b', attributes: [], reason: 'known', expires: '2999-01-01' }],
      },
    },
  ]);
});

test('what only the server can allow is a warning at its key', () => {
  const text = 'stacks: [{dir: a, apply: auto, engine: opentofu}, {dir: b, engine: terraform}]';
  const inspected = inspectRepositoryConfig(Buffer.from(text), { now: 0 });
  expect(checkAllowance(inspected).map(renderProblem)).toEqual([
    'warning: stack "a": `apply` works only where the server allows it, got auto (holdfast.yaml:1:26): needs `allow: {auto_apply: true}` in server.yaml',
    'warning: stack "a": `engine` works only where the server allows it, got opentofu (holdfast.yaml:1:40): needs `allow: {engines: [opentofu]}` in server.yaml',
  ]);
});
