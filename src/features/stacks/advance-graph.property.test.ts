// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL has them, too
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { type MemoryFile, type MemoryFiles, MemoryObjects } from '../../../test/support/memory-objects.ts';
import { makeStackLab, readTestConfig } from '../../../test/support/stack-fixtures.ts';
import { advanceGraph, type LoadedGraph, loadGraph } from './graph-loader.ts';
import { chooseSource, inputsDigest, toRunSpec } from './stack-inputs.ts';

const lab = makeStackLab({ selfUrls: ['https://git.example.com/acme/infra.git'] });
afterAll(() => lab.close());

const call = (source: string) => `module "m" {\n  source = "${source}"\n}\n`;
const using = (expression: string) => `resource "terraform_data" "a" {\n  input = ${expression}\n}\n`;

const CONFIG = [
  '',
  using('"x"'),
  using('file("../data/a.json")'),
  using('file("${path.module}/b.json")'),
  using('templatefile("t.tpl", {})'),
  using('fileset("../data", "*.json")'),
  using('file("../data/${var.x}.json")'),
  using('file(var.anything)'),
  call('../lib'),
  call('../lib/deep'),
  call('./lib'),
  call('git::ssh://git@git.example.com/acme/infra.git//lib'),
  call('../${var.which}'),
  'terraform {\n  backend "s3" {\n    bucket = "b"\n    key = "k"\n  }\n}\n',
  'terraform {\n  backend "http" {}\n}\n',
  'data "terraform_remote_state" "n" {\n  backend = "s3"\n  config = {\n    bucket = "b"\n    key = "k"\n  }\n}\n',
  'x {\n',
  `${call('../lib')}x = {\n`,
];
const YAML = [
  'version: 1\n',
  'version: 1\nstacks:\n  - {dir: a, var_files: [../data/v.tfvars], when_modified: ["../data/*.md"]}\n',
  'version: 1\nstacks:\n  - {name: one, dir: a}\n  - {name: two, dir: a, workspace: w}\n  - {dir: gone}\n',
  'version: 1\ndiscover: {ignore: ["b"]}\n',
  'version: 1\ndiscover: {enabled: false}\nstacks:\n  - {dir: b, engine: opentofu, env: {TF_VAR_p: ../data/a.json}}\n',
];
const DIRS = ['a', 'b', 'lib', 'lib/deep', 'a/lib', 'x/modules/m', 'gone'];

const configFile = fc.tuple(
  fc
    .tuple(fc.constantFrom(...DIRS), fc.constantFrom('main.tf', 'y.tf', 'z.tofu', 'z_override.tf'))
    .map((p) => p.join('/')),
  fc.option(fc.constantFrom<MemoryFile>(...CONFIG), { nil: null }),
);
const otherFile = fc.tuple(
  fc.constantFrom(
    'data/a.json',
    'data/v.tfvars',
    'data/x.md',
    'a/b.json',
    'a/t.tpl',
    'b/t.tpl',
    'a/x.auto.tfvars',
    'b/terraform.tfvars',
    'a/.terraform.lock.hcl',
    'b/.terraform-version',
    'lib/README.md',
    'data',
    'lib/t.tpl/inner',
  ),
  fc.option(fc.constantFrom<MemoryFile>('1.2.3', 'p = "../data/a.json"\n', '${file("../data/a.json")}'), { nil: null }),
);
const link = fc.tuple(
  fc.constantFrom('b/y.tf', 'a/lib', 'data/a.json', 'b/linked.tf'),
  fc.option(fc.constantFrom<MemoryFile>({ link: '../lib' }, { link: '../lib/main.tf' }, { link: '../../out' }), {
    nil: null,
  }),
);
const yaml = fc.tuple(fc.constant('holdfast.yaml'), fc.option(fc.constantFrom<MemoryFile>(...YAML), { nil: null }));
const edit = fc.oneof(
  { arbitrary: configFile, weight: 6 },
  { arbitrary: otherFile, weight: 4 },
  { arbitrary: link, weight: 1 },
  { arbitrary: yaml, weight: 1 },
);
const commit = fc.array(edit, { minLength: 1, maxLength: 5 });

function apply(files: MemoryFiles, edits: readonly (readonly [string, MemoryFile | null])[]): MemoryFiles {
  const next = new Map(Object.entries(files));
  for (const [path, content] of edits) {
    for (const other of [...next.keys()]) {
      if (other === path || other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) next.delete(other);
    }
    if (content !== null) next.set(path, content);
  }
  return Object.fromEntries(next);
}

const PATHS = [
  ...DIRS.flatMap((dir) => [`${dir}/main.tf`, `${dir}/z.tofu`]),
  'data/a.json',
  'data/n.md',
  'a/t.tpl',
  'q',
];

/** Everything a graph answers, as data. */
function told({ graph }: LoadedGraph) {
  const { tree } = graph;
  return {
    problems: graph.problems,
    called: [...graph.parts.discovery.called].sort(),
    files: tree.entries.map(({ path, mode, sha }) => `${mode} ${sha} ${path}`),
    stacks: [...graph.stacks].map(([name, node]) => ({
      name,
      ...node,
      touches: node.touches.map((touch) => JSON.stringify(touch)),
      probes: [...node.probes].sort(),
      inputs: inputsDigest(node, tree),
      source: chooseSource(node, tree),
      spec: toRunSpec(node, tree, 'infra'),
    })),
    found: PATHS.map((path) =>
      graph
        .find(path)
        .map(({ stack, touch }) => `${path} ${stack} ${JSON.stringify(touch)}`)
        .sort(),
    ),
  };
}

it('is the graph that reading the commit afresh gives, over any history', async () => {
  await fc.assert(
    fc.asyncProperty(commit, fc.array(commit, { minLength: 1, maxLength: 6 }), async (first, commits) => {
      const objects = new MemoryObjects();
      let files = apply({ 'a/main.tf': call('../lib'), 'lib/main.tf': using('"y"'), 'data/a.json': '{}' }, first);
      const request = { objects, commit: objects.commit(files), options: lab.options };
      let loaded = await loadGraph(request, lab.facts, readTestConfig);
      for (const edits of commits) {
        files = apply(files, edits);
        const at = { ...request, commit: objects.commit(files) };
        const fresh = await loadGraph({ ...at, former: loaded.graph }, lab.facts, readTestConfig);
        loaded = (await advanceGraph(loaded, at, lab.facts, readTestConfig)).after;
        expect(told(loaded)).toEqual(told(fresh));
      }
    }),
    { numRuns: 150 },
  );
}, 120_000);
