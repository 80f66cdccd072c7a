// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL has them, too
import { afterAll, describe, expect, it } from 'vitest';
import { makeStackLab } from '../../../test/support/stack-fixtures.ts';
import { toRunSpec } from './stack-inputs.ts';
import { unreadableText } from './stack-node.ts';

const lab = makeStackLab();
afterAll(() => lab.close());

const HTTP = 'terraform {\n  backend "http" {}\n}\n';
const PLAIN = 'resource "terraform_data" "a" {}\n';
const call = (source: string) => `module "m" {\n  source = "${source}"\n}\n`;

async function names(files: Record<string, string | { link: string }>): Promise<string[]> {
  return [...(await lab.load(files)).graph.stacks.keys()];
}

describe('the rule "Root"', () => {
  it.each<[string, Record<string, string | { link: string }>, string[]]>([
    [
      'every kind of configuration file makes one',
      { 'a/x.tf': PLAIN, 'b/x.tf.json': '{}', 'c/x.tofu': PLAIN, 'd/x.tofu.json': '{}' },
      ['a', 'b', 'c', 'd'],
    ],
    ['other files do not', { 'a/x.tfvars': 'a = 1\n', 'b/README.md': '', 'c/.x.tf': PLAIN, 'd/x.tf~': PLAIN }, []],
    ['what a module call names does not', { 'a/x.tf': call('../b'), 'b/x.tf': PLAIN }, ['a']],
    ['unless it has a backend', { 'a/x.tf': call('../b'), 'b/x.tf': HTTP }, ['a', 'b']],
    ['or a cloud block', { 'a/x.tf': call('../b'), 'b/x.tf': 'terraform {\n  cloud {}\n}\n' }, ['a', 'b']],
    [
      'a segment `modules` makes none',
      { 'modules/a/x.tf': PLAIN, 'x/modules/x.tf': PLAIN, 'mymodules/x.tf': PLAIN },
      ['mymodules'],
    ],
    ['unless it has a backend', { 'modules/a/x.tf': HTTP }, ['modules/a']],
    [
      'or is listed',
      { 'modules/a/x.tf': PLAIN, 'holdfast.yaml': 'version: 1\nstacks:\n  - dir: modules/a\n' },
      ['modules/a'],
    ],
    [
      'ignored directories are none',
      { 'examples/a/x.tf': HTTP, 'a/.terraform/modules/b/x.tf': HTTP, 'a/x.tf': PLAIN },
      ['a'],
    ],
    [
      'a list of ignored ones replaces the default',
      { 'examples/a/x.tf': HTTP, 'b/x.tf': HTTP, 'holdfast.yaml': 'version: 1\ndiscover: {ignore: ["b"]}\n' },
      ['examples/a'],
    ],
    [
      'without discovery only listed ones',
      {
        'a/x.tf': HTTP,
        'b/x.tf': HTTP,
        'holdfast.yaml': 'version: 1\ndiscover: {enabled: false}\nstacks:\n  - dir: b\n',
      },
      ['b'],
    ],
    ['the root of the repository has the repository’s name', { 'x.tf': PLAIN }, ['infra']],
    ['calls in JSON count', { 'a/x.tf.json': '{"module": {"m": {"source": "../b"}}}', 'b/x.tf': PLAIN }, ['a']],
    ['calls through links count', { 'a/x.tf': call('./lib'), 'a/lib': { link: '../b' }, 'b/x.tf': PLAIN }, ['a']],
    ['names with spaces and Unicode', { 'größe und mehr/x.tf': PLAIN }, ['größe und mehr']],
  ])('%s', async (_name, files, expected) => {
    expect(await names(files)).toEqual(expected);
  });

  it('keeps a module a module while the file that calls it does not parse', async () => {
    const { graph } = await lab.load({ 'a/x.tf': call('../b'), 'b/x.tf': PLAIN });
    expect([...graph.parts.discovery.called]).toEqual(['b']);
  });

  it('says names that clash, and directories that are not there', async () => {
    const yaml = 'version: 1\nstacks:\n  - {dir: a, name: b}\n  - {dir: gone}\n';
    const { graph } = await lab.load({ 'a/x.tf': PLAIN, 'b/x.tf': PLAIN, 'holdfast.yaml': yaml });
    expect([...graph.stacks.values()].map(({ entry }) => [entry.name, entry.dir])).toEqual([['b', 'a']]);
    expect(graph.problems).toEqual([
      expect.stringContaining('"gone": `dir` gone is no directory of the repository'),
      expect.stringContaining('stack "b" in b: a has the same name'),
    ]);
  });
});

describe('a stack that cannot be planned', () => {
  const strict = { allow: { localState: false, engines: ['terraform' as const] } };

  it.each<[string, Record<string, string | { link: string }>, RegExp]>([
    ['a file does not parse', { 'a/x.tf': 'x {\n' }, /^a\/x\.tf:1: Unclosed configuration block/],
    ['a module’s file does not parse', { 'a/x.tf': call('../m'), 'm/y.tf': 'x {\n' }, /^m\/y\.tf:1: /],
    [
      'backend "local"',
      { 'a/x.tf': 'terraform {\n  backend "local" {}\n}\n' },
      /^a\/x\.tf:2: backend "local" would keep/,
    ],
    ['an override with a backend', { 'a/x.tf': PLAIN, 'a/z_override.tf': HTTP }, /^a\/z_override\.tf:2: .*overrides/],
    [
      'a module outside the repository',
      { 'a/x.tf': call('../../m') },
      /^a\/x\.tf:1: module "m": .* leaves the repository/,
    ],
    ['a module that is not there', { 'a/x.tf': call('../m') }, /^a\/x\.tf:1: module "m": .* no directory/],
    ['modules in a circle', { 'a/x.tf': call('../m'), 'm/x.tf': call('../n'), 'n/x.tf': call('../m') }, /m -> n -> m/],
    [
      'a link out of the repository',
      { 'a/x.tf': PLAIN, 'a/y.tf': { link: '../../y.tf' } },
      /^a\/y\.tf: this link leaves/,
    ],
    ['an engine that is not allowed', { 'a/x.tofu': HTTP }, /engine opentofu is not allowed/],
    ['a link that leads nowhere', { 'a/x.tf': call('./l'), 'a/l': { link: 'l' } }, /no directory/],
  ])('%s', async (_name, files, message) => {
    const { graph } = await lab.load({ ...files, 'other/x.tf': HTTP }, strict);
    const node = graph.stacks.get('a');
    expect(node && unreadableText(node)).toMatch(message);
    const other = graph.stacks.get('other');
    expect(other && unreadableText(other)).toBeNull();
  });
});

describe('how state is kept', () => {
  it.each<[string, string, string]>([
    ['no block', PLAIN, 'override'],
    ['an empty http block', HTTP, 'own'],
    ['an http block with an address', 'terraform {\n backend "http" {\n  address = "https://x"\n }\n}\n', 'foreign'],
    ['s3', 'terraform {\n backend "s3" {}\n}\n', 'foreign'],
    ['cloud', 'terraform {\n cloud {}\n}\n', 'foreign'],
  ])('%s', async (_name, text, backend) => {
    expect((await lab.load({ 'a/x.tf': text })).graph.stacks.get('a')?.backend).toBe(backend);
  });

  it('leaves an empty http block alone whose address the server’s environment gives', async () => {
    const { graph } = await lab.load({ 'a/x.tf': HTTP }, { hasForeignHttpAddress: (name) => name === 'a' });
    expect(graph.stacks.get('a')?.backend).toBe('foreign');
  });
});

describe('engines', () => {
  it.each<[string, Record<string, string>, object]>([
    ['a version file', { 'a/x.tf': PLAIN, 'a/.terraform-version': '1.9.5\n' }, { name: 'terraform', version: '1.9.5' }],
    [
      'required_version wins over it',
      { 'a/x.tf': 'terraform {\n required_version = "~> 1.9"\n}\n', 'a/.terraform-version': '1.8.0' },
      { version: null, required: ['~> 1.9'] },
    ],
    [
      'engine_version wins over all',
      {
        'a/x.tf': PLAIN,
        'a/.terraform-version': '1.8.0',
        'holdfast.yaml': 'version: 1\nstacks:\n  - {dir: a, engine_version: 1.10.1}\n',
      },
      { version: '1.10.1' },
    ],
    ['a version file without a version', { 'a/x.tf': PLAIN, 'a/.terraform-version': 'latest' }, { version: null }],
    [
      'only .tofu files',
      { 'a/x.tofu': PLAIN, 'a/.opentofu-version': 'v1.9.0' },
      { name: 'opentofu', version: '1.9.0' },
    ],
  ])('%s', async (_name, files, engine) => {
    expect((await lab.load(files)).graph.stacks.get('a')?.engine).toMatchObject(engine);
  });

  it.each(['latest', 'latest:^1.11', '1.11', ''])(
    'says of a version file with "%s" that it is not followed',
    async (text) => {
      const { graph } = await lab.load({ 'a/x.tf': PLAIN, 'a/.terraform-version': `${text}\n` });
      const node = graph.stacks.get('a');
      expect(node?.engine.version).toBeNull();
      expect(node?.problems).toEqual([]);
      const message = expect.stringContaining(text === '' ? 'is empty' : `says "${text}"`);
      expect(node?.remarks).toEqual([{ path: 'a/.terraform-version', line: 1, message }]);
      if (node)
        expect(toRunSpec(node, graph.tree, 'infra').remark).toMatch(/^a\/\.terraform-version:1: the version file /);
    },
  );

  it('asks no version file where something else chooses', async () => {
    const files = { 'a/x.tf': 'terraform {\n required_version = "~> 1.9"\n}\n', 'a/.terraform-version': 'latest' };
    expect((await lab.load(files)).graph.stacks.get('a')?.remarks).toEqual([]);
  });

  it('lets OpenTofu read x.tofu in place of x.tf', async () => {
    const yaml = 'version: 1\nstacks:\n  - {dir: a, engine: opentofu}\n';
    const { graph } = await lab.load({ 'a/x.tf': HTTP, 'a/x.tofu': PLAIN, 'holdfast.yaml': yaml });
    expect(graph.stacks.get('a')?.backend).toBe('override');
  });
});
