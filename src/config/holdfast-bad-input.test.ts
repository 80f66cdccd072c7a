import { expect, test } from 'vitest';
import { renderProblem } from './problem.ts';
import { parseRepositoryConfig } from './repository-config.ts';

/** 2026-06-15. */
const NOW = 1_781_481_600_000;

function diagnose(text: string): string[] {
  return parseRepositoryConfig(Buffer.from(text), { now: NOW }).problems.map(renderProblem);
}

const stack = (more: string) => `stacks: [{name: net/prod, dir: net/prod, ${more}}]`;
const named = (name: string) => `stacks: [{dir: a, name: ${JSON.stringify(name)}}]`;
const dir = (path: string) => `stacks: [{dir: ${JSON.stringify(path)}}]`;
const variable = (name: string) => stack(`env: {${name}: x}`);

test('the line of the style guide', () => {
  const text = 'version: 1\nstacks:\n  - name: net/prod\n    dir: net/prod\n    drift:\n      every: 10s\n';
  expect(diagnose(text)).toContain(
    'stack "net/prod": `drift.every` must be at least 1m, got "10s" (holdfast.yaml:6:14)',
  );
});

test.each([
  ['projects: []', '`projects` is no known key (holdfast.yaml:1:1): did you mean `stacks`?'],
  ['stacks: [{}]', '`stacks[0].dir` is missing (holdfast.yaml:1:10): write a directory relative to the repository'],
  ['stacks: [net/prod]', '`stacks[0]` must be a map, got "net/prod" (holdfast.yaml:1:10)'],
  [
    stack('terraform_version: 1.5.0'),
    'stack "net/prod": `terraform_version` is no known key (holdfast.yaml:1:42): did you mean `engine_version`?',
  ],
  [stack('autoplan: {}'), 'did you mean `when_modified`?'],
  [stack('engine: tofu'), 'stack "net/prod": `engine` must be one of terraform, opentofu, got "tofu"'],
  [
    stack('engine_version: 1.10'),
    'stack "net/prod": `engine_version` must be a version such as 1.11.4, got 1.10 (holdfast.yaml:1:58): write it in that form',
  ],
  [stack('engine_version: ">= 1.5"'), 'ranges belong into `required_version` of the configuration'],
  [stack('workspace: ../x'), 'stack "net/prod": `workspace` must be a workspace'],
  [stack('wait_for_dependencies: never'), '`wait_for_dependencies` must be one of applied, none, got "never"'],
  [stack('apply: yes'), 'stack "net/prod": `apply` must be one of manual, auto, got "yes"'],
  [stack('depends_on: [net/prod]'), 'stack "net/prod": `depends_on[0]` must name another stack than itself'],
  [stack('depends_on: [a, a]'), 'warning: stack "net/prod": `depends_on[1]` is there twice'],
  [stack('inputs: {"a b": {stack: n, output: o}}'), '`inputs["a b"]` must be a variable name of Terraform'],
  [stack('inputs: {a: {stack: n}}'), 'stack "net/prod": `inputs.a.output` is missing'],
  [stack('cdktf: {command: ""}'), 'stack "net/prod": `cdktf.command` must not be empty'],
  // Directories and paths
  [dir('/etc'), 'stack "/etc": `dir` must be relative, got "/etc" (holdfast.yaml:1:16)'],
  [dir('C:/x'), '`dir` must be relative'],
  [dir('../x'), '`dir` must be inside the repository, got "../x"'],
  [dir('a/../../x'), '`dir` must be inside the repository'],
  [dir('-rf'), '`dir` must not begin with `-`'],
  [dir('./-rf'), '`dir` must not begin with `-`'],
  [dir('a\0b'), '`dir` must not hold control characters, got "a\\u0000b"'],
  [dir('a\u2028b'), '`dir` must not hold control characters'],
  [dir('a\\b'), '`dir` must not hold a backslash'],
  [dir('.git/hooks'), '`dir` must not lead into .git'],
  [dir('x'.repeat(4096)), '`dir` must be at most 1024 characters'],
  [dir(''), '`stacks[0].dir` must not be empty'],
  [stack('var_files: [../../../x.tfvars]'), '`var_files[0]` must not leave the repository, got "../../../x.tfvars"'],
  [stack('var_files: [/etc/passwd]'), '`var_files[0]` must be relative, got "/etc/passwd"'],
  [stack('var_files: ["-var=x"]'), '`var_files[0]` must not begin with `-`'],
  [stack('when_modified: ["../../../**"]'), '`when_modified[0]` must not leave the repository'],
  [stack('when_modified: ["!/x/**"]'), '`when_modified[0]` must be relative to `dir`'],
  [stack('when_modified: ["+(a|aa)b"]'), '`when_modified[0]` must not hold ( or )'],
  [stack(`when_modified: ["${'*a'.repeat(20)}"]`), '`when_modified[0]` has too many wildcards'],
  [stack(`when_modified: ["${'{a,aa}'.repeat(20)}"]`), '`when_modified[0]` has too many {…}'],
  ['discover: {ignore: [""]}', '`discover.ignore[0]` must not be empty'],
  // Names
  [named('../x'), '`name` must not have an empty, `.` or `..` part between slashes'],
  [named('/x'), '`name` must not have an empty'],
  [named('-rf'), '`name` must not begin with `-`'],
  [named('%2e%2e%2f'), '`name` must not hold any of'],
  [named('x'.repeat(201)), '`name` must be at most 200 characters'],
  [named('a\u202eb'), '`name` must not hold control or invisible characters, got "a\\u202eb"'],
  [named('e\u0301'), '`name` must be composed Unicode (NFC)'],
  [
    'stacks:\n  - {name: x, dir: a}\n  - {name: x, dir: b}',
    'stack "x": `name` must be unique, got "x" (holdfast.yaml:3:12): line 2 has it, too',
  ],
  [
    'stacks:\n  - {name: x, dir: a}\n  - {name: y, dir: ./a/}',
    'stack "y": `dir` must differ from every other entry in `dir` or `workspace`, got "./a/"',
  ],
  // Variables
  [variable('"A-B"'), '`env.A-B` must be a variable name'],
  [
    variable('A'.concat(': {env: SECRET}, B')),
    '`env.A` must be a text, got a map (holdfast.yaml:1:51): only server.yaml reads {env} and {file}',
  ],
  [stack('env: {PORT: 80}'), '`env.PORT` must be a text, got 80 (holdfast.yaml:1:54): put it in quotes'],
  [stack('env: {API_TOKEN: 80}'), '`env.API_TOKEN` must be a text, got (hidden)'],
  // Drift
  [
    stack('drift: {ignore: [{address: a}]}'),
    '`drift.ignore[0].reason` is missing (holdfast.yaml:1:59): write why it is ignored',
  ],
  [stack('drift: {ignore: [{address: a, reason: ""}]}'), '`drift.ignore[0].reason` must not be empty'],
  [
    stack('drift: {ignore: [{address: a, reason: r, expires: soon}]}'),
    '`drift.ignore[0].expires` must be a date such as 2027-01-31, got "soon"',
  ],
  [
    stack('drift: {ignore: [{address: a, reason: r, expires: 2027-02-30}]}'),
    '`drift.ignore[0].expires` must be a date',
  ],
  [
    stack('drift: {ignore: [{address: a, reason: r, expires: 2026-06-15}]}'),
    'warning: stack "net/prod": `drift.ignore[0].expires` is past: the rule ignores nothing any more, got "2026-06-15"',
  ],
])('%s', (text, expected) => {
  expect(diagnose(text).join('\n')).toContain(expected);
});

test('a file with an error lists nothing', () => {
  const config = parseRepositoryConfig(Buffer.from('stacks: [{dir: a}, {dir: ../b}]'), { now: NOW });
  expect(config).toMatchObject({ stacks: [], discover: { enabled: false } });
});

test('a rule that expires tomorrow still holds', () => {
  const text = stack('drift: {ignore: [{address: a, reason: r, expires: 2026-06-16}]}');
  expect(diagnose(text)).toEqual([]);
});

test.each([
  'TF_LOG',
  'TF_VAR_',
  'GIT_SSH_COMMAND',
  'LD_PRELOAD',
  'NODE_OPTIONS',
  'SSH_AUTH_SOCK',
  'PATH',
  'HOME',
  'TMPDIR',
  'ld_preload',
])('a repository may not set %s', (name) => {
  expect(diagnose(variable(name)).join('\n')).toContain(`\`env.${name}\` is not for a repository to set`);
});

test('an entry of a list that has no value stands where it stands', () => {
  expect(diagnose('stacks:\n  - {dir: a}\n  -\n  - null\n')).toEqual([
    '`stacks[1]` has no value (holdfast.yaml:3:4): write a map',
    '`stacks[2]` has no value (holdfast.yaml:4:5): write a map',
  ]);
});
