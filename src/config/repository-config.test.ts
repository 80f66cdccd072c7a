import { expect, test } from 'vitest';
import { checkAllowance } from './allowance.ts';
import { renderProblem } from './problem.ts';
import { parseRepositoryConfig } from './repository-config.ts';
import { discoveredEntry, toStackEntries } from './stack-entries.ts';

const parse = (text: string | null) => parseRepositoryConfig(text === null ? null : Buffer.from(text), { now: 0 });
const naming = { repository: 'infra', stackPrefix: '' };

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

test('an entry is filled with its defaults, its name made from prefix and directory', () => {
  const { entries, problems } = toStackEntries(parse('stacks: [{dir: ./net/prod/, var_files: [a.tfvars]}]'), {
    ...naming,
    stackPrefix: 'acme/',
  });
  expect(problems).toEqual([]);
  const { listed, ...discovered } = discoveredEntry('net/prod', { ...naming, stackPrefix: 'acme/' });
  expect(listed).toBe(false);
  expect(entries).toEqual([{ ...discovered, var_files: ['a.tfvars'], listed: true }]);
  expect(entries[0]).toMatchObject({
    name: 'acme/net/prod',
    dir: 'net/prod',
    engine: 'terraform',
    workspace: 'default',
  });
});

test('an entry keeps what it says, and the directory may say the engine', () => {
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
  const { entries } = toStackEntries(parse(text), { ...naming, engineOf: () => 'opentofu' });
  expect(entries).toMatchObject([
    {
      name: 'db',
      engine: 'opentofu',
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
  expect(entries[0]).not.toHaveProperty('place');
});

test('a stack in the root is named by the prefix, else by the repository', () => {
  expect(discoveredEntry('.', naming).name).toBe('infra');
  expect(discoveredEntry('.', { ...naming, stackPrefix: 'acme/' }).name).toBe('acme');
});

test('a default name that clashes or cannot be a name is told of', () => {
  const { entries, problems } = toStackEntries(
    parse('stacks:\n  - {dir: b, name: a}\n  - dir: a\n  - dir: x%y'),
    naming,
  );
  expect(entries.map(({ name }) => name)).toEqual(['a']);
  expect(problems.map(renderProblem)).toEqual([
    'stack "a": `name` must be unique: the directory "b" has it, too (holdfast.yaml:3:5): set `name`',
    'stack "x%y": `name` must not hold any of \\ % ? # " \' ` < > * (holdfast.yaml:4:5): set `name`',
  ]);
});

test('two workspaces of one directory are two stacks', () => {
  const text = 'stacks: [{dir: a, name: x, workspace: one}, {dir: a, name: y, workspace: two}]';
  expect(toStackEntries(parse(text), naming).entries.map(({ workspace }) => workspace)).toEqual(['one', 'two']);
});

test('what only the server can allow is a warning without it, and with it what it says', () => {
  const config = parse('stacks: [{dir: a, apply: auto, engine: opentofu}, {dir: b, engine: terraform}]');
  const say = (allow: Parameters<typeof checkAllowance>[1]) => checkAllowance(config, allow).map(renderProblem);
  expect(say(null)).toEqual([
    'warning: stack "a": `apply` works only where the server allows it, got auto (holdfast.yaml:1:10): needs `allow: {auto_apply: true}` in server.yaml',
    'warning: stack "a": `engine` works only where the server allows it, got opentofu (holdfast.yaml:1:10): needs `allow: {engines: [opentofu]}` in server.yaml',
  ]);
  expect(say({ autoApply: true, localState: false, engines: ['terraform', 'opentofu'] })).toEqual([]);
  const refused = checkAllowance(config, { autoApply: false, localState: false, engines: ['terraform'] });
  expect(refused.map(({ key, severity }) => [key, severity])).toEqual([
    ['apply', 'warning'],
    ['engine', 'error'],
  ]);
});
