import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ImportedRepository } from './convert-atlantis.ts';
import { importAtlantis } from './import-atlantis.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** What becomes of a file, in a repository with these files. */
function carry(text: string, options: { files?: readonly string[]; repos?: string; id?: string } = {}) {
  const files = options.files ?? [];
  const directories = new Map<string, string[]>();
  for (const file of files) {
    const at = file.lastIndexOf('/');
    const dir = at === -1 ? '.' : file.slice(0, at);
    directories.set(dir, [...(directories.get(dir) ?? []), file.slice(at + 1)]);
  }
  const repository: ImportedRepository = {
    id: options.id ?? null,
    hasFile: (path) => files.includes(path),
    directories: () => directories,
  };
  const repos = options.repos === undefined ? null : { file: 'repos.yaml', bytes: bytes(options.repos) };
  const done = importAtlantis({ file: 'atlantis.yaml', bytes: bytes(text) }, repos, repository, 0);
  const said = done.problems.map(({ severity, file, line, message }) => `${severity} ${file}:${line} ${message}`);
  return { holdfast: done.text === null ? null : parse(done.text), said };
}

test('a project becomes a stack with the patterns that Atlantis takes by itself', () => {
  const { holdfast, said } = carry('version: 3\nprojects:\n- dir: ./net/\n', { files: ['net/main.tf'] });
  expect(holdfast).toEqual({
    version: 1,
    discover: { enabled: false },
    stacks: [{ dir: 'net', when_modified: ['**/*.tf*'] }],
  });
  expect(said).toEqual([]);
});

test('no project at all means discovery, and so does autodiscover', () => {
  expect(carry('version: 3\n').holdfast).toEqual({
    version: 1,
    discover: { enabled: true, ignore: ['**/.terraform/**'] },
  });
  const both = 'version: 3\nautodiscover: {mode: enabled, ignore_paths: [old/**]}\nprojects:\n- {dir: net}\n';
  expect(carry(both).holdfast.discover).toEqual({ enabled: true, ignore: ['**/.terraform/**', 'old/**'] });
  expect(carry('version: 2\nautodiscover: {mode: disabled}\n').holdfast.discover).toEqual({ enabled: false });
});

test('workspace, engine, version, dependencies and groups are carried over', () => {
  const { holdfast, said } = carry(
    `version: 3
projects:
- {name: a, dir: x, workspace: prod, terraform_version: v1.11.4, terraform_distribution: opentofu}
- {dir: x, workspace: dev, execution_order_group: 2}
- {name: b, dir: y, depends_on: [a], execution_order_group: 5}
`,
  );
  expect(said).toEqual([]);
  const when_modified = ['**/*.tf*'];
  expect(holdfast.stacks).toEqual([
    { name: 'a', dir: 'x', engine: 'opentofu', engine_version: '1.11.4', workspace: 'prod', when_modified },
    { name: 'x-dev', dir: 'x', workspace: 'dev', when_modified, depends_on: ['a'] },
    { name: 'b', dir: 'y', when_modified, depends_on: ['a', 'x-dev'] },
  ]);
});

test('a workflow gives variables and variable files; everything else of it is told with its line', () => {
  const { holdfast, said } = carry(
    `version: 3
projects:
- {dir: net, workspace: prod, workflow: w}
workflows:
  w:
    plan:
      steps:
      - env: {name: TF_VAR_region, value: eu}
      - env: {name: AWS_TOKEN, command: get-token}
      - init: {extra_args: [-backend-config=prod.hcl]}
      - plan: {extra_args: [-var-file, "vars/$WORKSPACE.tfvars", "-var size=3", -target=a]}
      - run: {command: make, output: hide}
    apply: {steps: [apply]}
`,
    { files: ['net/env/prod.tfvars'] },
  );
  expect(holdfast.stacks[0]).toMatchObject({
    var_files: ['vars/prod.tfvars', 'env/prod.tfvars'],
    env: { TF_VAR_region: 'eu', TF_VAR_size: '3' },
  });
  expect(said).toEqual([
    'warning atlantis.yaml:9 is not carried over: AWS_TOKEN is what a command prints',
    'warning atlantis.yaml:10 is not carried over: extra arguments of init',
    'warning atlantis.yaml:11 is not carried over: the argument -target=…',
    'warning atlantis.yaml:12 is not carried over: a repository runs no commands of its own here',
  ]);
});

test('patterns: those of a directory take all in it, those that mean something else are told', () => {
  const { holdfast, said } = carry(
    `version: 3
projects:
- dir: net
  autoplan:
    when_modified: ["../modules/*", "**.tf", "!**/*.md", "late/*.json", "**.tf", "{a}/*.tf", "../../up"]
`,
  );
  expect(holdfast.stacks[0].when_modified).toEqual([
    '../modules/*',
    '../modules/*/**',
    '!**/*.md',
    'late/*.json',
    '**/*.tf',
  ]);
  expect(said).toHaveLength(2);
  expect(said[0]).toContain('braces');
  expect(said[1]).toContain('it leaves the repository');
});

test('a project that is not planned by itself is left out, its directory is ignored where stacks are discovered', () => {
  const text = 'version: 3\nautodiscover: {mode: enabled}\nprojects:\n- {dir: old, autoplan: {enabled: false}}\n';
  const { holdfast, said } = carry(text);
  expect(holdfast.discover.ignore).toContain('old');
  expect(holdfast.stacks).toBeUndefined();
  expect(said).toEqual([expect.stringContaining('atlantis.yaml:4 means that the project is left out')]);
});

test('a directory with wildcards becomes a stack at each that holds a configuration', () => {
  const files = ['envs/a/main.tf', 'envs/b/main.tf', 'envs/docs/README.md'];
  const { holdfast } = carry('version: 3\nprojects:\n- {dir: "envs/*"}\n', { files });
  expect(holdfast.stacks.map(({ dir }: { dir: string }) => dir)).toEqual(['envs/a', 'envs/b']);
});

test('keys that nothing follows from are each told with their line', () => {
  const { said } = carry(
    `version: 3
automerge: true
colour: blue
projects:
- dir: net
  branch: /main/
  apply_requirements: [approved]
`,
  );
  expect(said.map((line) => line.split(' ')[1])).toEqual([2, 3, 6, 7].map((line) => `atlantis.yaml:${line}`));
});

test("the server's file gives the workflow and the discovery of this repository alone", () => {
  const repos = `repos:
- {id: /.*/, workflow: w, apply_requirements: [approved]}
- {id: github.com/acme/infra, autodiscover: {mode: enabled}}
- {id: github.com/acme/other, workflow: nowhere}
workflows:
  w: {plan: {steps: [{plan: {extra_args: ["-var-file=all.tfvars"]}}]}}
metrics: {}
`;
  const text = 'version: 3\nprojects:\n- {dir: net}\n';
  const known = carry(text, { repos, id: 'github.com/acme/infra' });
  expect(known.holdfast.discover.enabled).toBe(true);
  expect(known.holdfast.stacks[0].var_files).toEqual(['all.tfvars']);
  expect(known.said.map((line) => line.split(' ')[1])).toEqual(['repos.yaml:2', 'repos.yaml:6', 'repos.yaml:7']);
  expect(carry(text, { repos }).said.filter((line) => line.includes('passed over'))).toHaveLength(2);
});

test('what cannot be read is an error with its place, and nothing is made of it', () => {
  const wrong = carry('version: 1\nprojects: 3\n');
  expect(wrong.holdfast).toBeNull();
  expect(wrong.said).toEqual(['error atlantis.yaml:1 must be one of 2, 3', 'error atlantis.yaml:2 must be a list']);
  expect(carry('projects: []\n').said).toEqual(['error atlantis.yaml:1 is missing']);
  expect(carry('version: 3\nprojects: [{dir: a\n').holdfast).toBeNull();
  const outside = carry('version: 3\nprojects:\n- {dir: ../x}\n- {dir: a, name: "x?"}\n');
  expect(outside.holdfast.stacks.map(({ dir }: { dir: string }) => dir)).toEqual(['a']);
  expect(outside.said).toHaveLength(2);
});
