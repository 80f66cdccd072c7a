import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { importAtlantis } from './import-atlantis.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** The stacks that a file becomes, and `line key message` of every warning or error. */
function carry(
  text: string,
  directories: Readonly<Record<string, readonly string[]>> = {},
  repos: string | null = null,
) {
  const files = Object.entries(directories).flatMap(([dir, names]) => names.map((name) => `${dir}/${name}`));
  const repository = {
    id: 'github.com/acme/infra',
    hasFile: (path: string) => files.includes(path),
    directories: () => new Map(Object.entries(directories)),
  };
  const server = repos === null ? null : { file: 'repos.yaml', bytes: bytes(repos) };
  const { text: made, problems } = importAtlantis({ file: 'atlantis.yaml', bytes: bytes(text) }, server, repository, 0);
  const said = problems.map(({ line, key, message }) => `${line} ${key} ${message}`);
  return { stacks: made === null ? null : parse(made).stacks, said };
}

test('anchors and merge keys mean what they mean to Atlantis; what stands beside a merge wins, the first of several too', () => {
  const { stacks, said } = carry(`version: 3
projects:
- &base
  dir: a
  workspace: one
  autoplan: &plan {when_modified: ["*.tf", "../shared/*.tf"]}
- <<: *base
  workspace: two
- <<: [{dir: c, workspace: three}, *base]
  autoplan: {<<: *plan, enabled: true}
- {dir: d, autoplan: *plan}
`);
  const when_modified = ['*.tf', '../shared/*.tf'];
  expect(said).toEqual([]);
  expect(stacks).toEqual([
    { name: 'a-one', dir: 'a', workspace: 'one', when_modified },
    { name: 'a-two', dir: 'a', workspace: 'two', when_modified },
    { dir: 'c', workspace: 'three', when_modified },
    { dir: 'd', when_modified },
  ]);
});

test.each([
  ['a merge of what is no map', 'version: 3\nprojects:\n- {<<: 3, dir: a}\n', '3 projects[0]["<<"] is no map'],
  ['a merge of itself', 'version: 3\nprojects: &a\n- &b {<<: *b, dir: a}\n', 'null null is nested too deeply'],
])('%s is an error, and nothing hangs', (_name, text, message) => {
  const { stacks, said } = carry(text);
  expect(stacks).toBeNull();
  expect(said[0]).toContain(message);
});

test('merges of merges are bounded', () => {
  const doubled = Array.from({ length: 40 }, (_, i) => `k${i + 1}: &k${i + 1} {<<: [*k${i}, *k${i}]}\n`).join('');
  expect(carry(`version: 3\nk0: &k0 {a: 1}\n${doubled}`).said[0]).toContain('holds more than');
});

test('every key that nothing follows from is told with its line, however deep', () => {
  const { said } = carry(`version: 3
autodiscover: {mode: disabled, ignore_path: [x]}
projects:
- dir: net
  workflow: w
  autoplan:
    whenmodified: ["*.tf"]
workflows:
  w:
    plan:
      steps:
      - plan: {extra_args: [-var, a=b], output: hide}
    policy_check: {steps: [show]}
    state_rm: {steps: [init]}
    colour: blue
  unused:
    plan: {steps: [run: "rm -rf /"]}
`);
  expect(said.map((text) => text.split(' ').slice(0, 2))).toEqual([
    ['2', 'autodiscover.ignore_path'],
    ['7', 'projects[0].autoplan.whenmodified'],
    ['12', 'workflows.w.plan.steps[0].plan.output'],
    ['13', 'workflows.w.policy_check'],
    ['14', 'workflows.w.state_rm'],
    ['15', 'workflows.w.colour'],
    ['16', 'workflows.unused'],
  ]);
});

test('of two projects in one directory and workspace the first is carried over, the other told at its line', () => {
  const { stacks, said } = carry(
    'version: 3\nprojects:\n- {name: a, dir: x}\n- {name: b, dir: ./x/}\n- {dir: x, workspace: w}\n',
  );
  expect(stacks.map(({ name }: { name: string }) => name)).toEqual(['a', 'x-w']);
  expect(said).toEqual([
    '4 projects[1].dir is left out: project "a" has the same directory and workspace, and a state is one stack\'s',
  ]);
});

test('what discovered stacks lose is told: the default workflow, and env/default.tfvars', () => {
  const workflow = 'workflows: {default: {plan: {steps: [{plan: {extra_args: [-var-file=all.tfvars]}}]}}}\n';
  const lost = carry(`version: 3\n${workflow}`, { net: ['main.tf'], 'net/env': ['default.tfvars'] });
  expect(lost.said).toEqual([
    '2 workflows.default is not carried over to stacks that are discovered',
    'null autodiscover leaves out env/default.tfvars of what is discovered: net',
  ]);
  const repos = `repos: [{id: /.*/, workflow: w}]\n${workflow.replace('default', 'w')}`;
  expect(carry('version: 3\n', {}, repos).said).toEqual([
    '2 workflows.w is not carried over to stacks that are discovered',
  ]);
  expect(carry('version: 3\nprojects: [{dir: net}]\n', { net: ['main.tf'] }).said).toEqual([]);
});
