// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL has them, too
import { afterAll, describe, expect, it } from 'vitest';
import type { MemoryFiles } from '../../../test/support/memory-objects.ts';
import { makeStackLab } from '../../../test/support/stack-fixtures.ts';
import { inputsDigest, toRunSpec } from './stack-inputs.ts';

const lab = makeStackLab();
afterAll(() => lab.close());

const PLAIN = 'resource "terraform_data" "a" {}\n';
const CALL = 'module "m" {\n  source = "../lib/m"\n}\n';
const using = (expression: string) => `resource "terraform_data" "a" {\n  input = ${expression}\n}\n`;

async function spec(files: MemoryFiles) {
  const loaded = await lab.load({ 'other/x.tf': PLAIN, ...files });
  const node = loaded.graph.stacks.get('s');
  if (!node) throw new Error('no stack s');
  const { tree } = loaded.graph;
  return { ...toRunSpec(node, tree, 'infra'), inputs: inputsDigest(node, tree), doubts: node.doubts };
}

describe('sources', () => {
  it.each<[string, MemoryFiles, readonly string[]]>([
    ['the stack alone', { 's/main.tf': PLAIN }, ['s']],
    ['its modules', { 's/main.tf': CALL, 'lib/m/x.tf': PLAIN }, ['lib/m', 's']],
    ['files it names', { 's/main.tf': using('file("${path.module}/../f/a.txt")'), 'f/a.txt': '' }, ['f/a.txt', 's']],
    [
      'what a literal pattern can find',
      { 's/main.tf': using('fileset("${path.module}/../f", "*.txt")'), 'f/a.txt': '' },
      ['f', 's'],
    ],
    [
      'links and what is behind them',
      { 's/main.tf': 'module "m" {\n  source = "./l"\n}\n', 's/l': { link: '../lib/m' }, 'lib/m/x.tf': PLAIN },
      ['lib/m', 's'],
    ],
  ])('of a proven closure: %s', async (_name, files, paths) => {
    const found = await spec(files);
    expect(found.doubts).toEqual([]);
    expect(found.source).toMatchObject({ scope: 'closure', paths });
  });

  it.each<[string, MemoryFiles]>([
    ['a computed path', { 's/main.tf': using('file("${path.module}/${var.x}")') }],
    ['a computed string with a slash', { 's/main.tf': using('"${var.x}/y"') }],
    [
      'a provisioner',
      { 's/main.tf': 'resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "true"\n  }\n}\n' },
    ],
    ['a module from elsewhere', { 's/main.tf': 'module "m" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n' }],
    ['a template that reads', { 's/main.tf': using('templatefile("t", {})'), 's/t': '${file(x)}' }],
    ['a module with one of these', { 's/main.tf': CALL, 'lib/m/x.tf': using('file(var.x)') }],
    [
      'the root of the repository',
      { 's/main.tf': using('file("../main.txt")'), 'main.txt': '', 's/x.tf': using('fileset("..", "**")') },
    ],
  ])('are the whole tree for %s', async (_name, files) => {
    expect((await spec(files)).source).toMatchObject({ scope: 'tree', paths: null });
  });

  it('have one digest for the same files, and another when one of them moves', async () => {
    const files: MemoryFiles = { 's/main.tf': CALL, 'lib/m/x.tf': PLAIN };
    const first = (await spec(files)).source.digest;
    expect((await spec({ ...files, 'README.md': 'x' })).source.digest).toBe(first);
    expect((await spec({ ...files, 'lib/m/README.md': 'x' })).source.digest).not.toBe(first);
  });
});

describe('digests', () => {
  const files: MemoryFiles = { 's/main.tf': CALL, 'lib/m/x.tf': PLAIN };

  it('the inputs digest moves with touching files and the entry, and with nothing else', async () => {
    const { inputs } = await spec(files);
    expect((await spec({ ...files, 'other/x.tf': '#', 's/README.md': 'x' })).inputs).toBe(inputs);
    expect((await spec({ ...files, 'holdfast.yaml': 'version: 1\nstacks:\n  - {dir: s}\n' })).inputs).toBe(inputs);
    expect((await spec({ ...files, 'lib/m/x.tf': `${PLAIN}#` })).inputs).not.toBe(inputs);
    expect(
      (await spec({ ...files, 'holdfast.yaml': 'version: 1\nstacks:\n  - {dir: s, env: {A: b}}\n' })).inputs,
    ).not.toBe(inputs);
  });

  it('init is necessary again for modules, providers, backend and lock file only', async () => {
    const key = (await spec(files)).init_key;
    const again = async (more: MemoryFiles) => (await spec({ ...files, ...more })).init_key !== key;
    expect(await again({ 's/y.tf': PLAIN })).toBe(false);
    expect(await again({ 's/y.tf': 'module "n" {\n  source = "../lib/m"\n}\n' })).toBe(true);
    expect(await again({ 's/y.tf': 'terraform {\n  backend "s3" {}\n}\n' })).toBe(true);
    expect(
      await again({ 'lib/m/y.tf': 'terraform {\n  required_providers {\n    a = { source = "b/a" }\n  }\n}\n' }),
    ).toBe(true);
    expect(await again({ 's/.terraform.lock.hcl': '#' })).toBe(true);
    expect((await spec({ ...files, 's/.terraform.lock.hcl': '#' })).lock_digest).toHaveLength(64);
  });
});
