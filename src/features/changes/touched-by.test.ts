// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HCL has them, too
import { afterAll, describe, expect, it } from 'vitest';
import type { MemoryFiles } from '../../../test/support/memory-objects.ts';
import { makeStackLab, showReason } from '../../../test/support/stack-fixtures.ts';

const lab = makeStackLab();
afterAll(() => lab.close());

const PLAIN = 'resource "terraform_data" "a" {}\n';
const call = (source: string) => `module "m" {\n  source = "${source}"\n}\n`;
const using = (expression: string) => `resource "terraform_data" "a" {\n  input = ${expression}\n}\n`;
const yaml = (entry: string) => `version: 1\nstacks:\n  - {dir: s, ${entry}}\n`;

/** Reasons of stack `s` when the path changes (is added where the files lack it). */
async function touch(files: MemoryFiles, path: string): Promise<string[]> {
  const before = { 's/main.tf': PLAIN, 'other/main.tf': PLAIN, ...files };
  const old = (before as Record<string, unknown>)[path];
  const next = path.endsWith('.json') ? '{ "a": 1 }' : '# changed\n';
  const changed = await lab.changed(before, { ...before, [path]: typeof old === 'string' ? `${old}${next}` : next });
  expect(changed.filter(({ name }) => name !== 's').map(({ name }) => name)).toEqual(
    path.startsWith('other/') ? ['other'] : [],
  );
  return changed.filter(({ name }) => name === 's').flatMap(({ reasons }) => reasons.map(showReason));
}

describe('touched by', () => {
  it.each<[string, MemoryFiles, string, string[]]>([
    ['its own configuration', {}, 's/main.tf', ['file s/main.tf']],
    ['a new file of it', {}, 's/new.tf', ['file s/new.tf']],
    ['terraform.tfvars', { 's/terraform.tfvars': 'a = 1\n' }, 's/terraform.tfvars', ['file s/terraform.tfvars']],
    ['*.auto.tfvars', { 's/x.auto.tfvars': 'a = 1\n' }, 's/x.auto.tfvars', ['file s/x.auto.tfvars']],
    [
      'a listed variable file elsewhere',
      { 'v/p.tfvars': 'a = 1\n', 'holdfast.yaml': yaml('var_files: [../v/p.tfvars]') },
      'v/p.tfvars',
      ['file v/p.tfvars'],
    ],
    ['the lock file', { 's/.terraform.lock.hcl': '' }, 's/.terraform.lock.hcl', ['file s/.terraform.lock.hcl']],
    ['the version file', { 's/.terraform-version': '1.9.5' }, 's/.terraform-version', ['file s/.terraform-version']],
    ['a module, through ..', { 's/main.tf': call('../m'), 'm/x.tf': PLAIN }, 'm/x.tf', ['module m/x.tf (m)']],
    [
      'a module of a module',
      { 's/main.tf': call('../m'), 'm/x.tf': call('./n'), 'm/n/x.tf': PLAIN },
      'm/n/x.tf',
      ['module m/n/x.tf (m/n, m)'],
    ],
    [
      'a module behind a link',
      { 's/main.tf': call('./l'), 's/l': { link: '../m' }, 'm/x.tf': PLAIN },
      'm/x.tf',
      ['module m/x.tf (m)'],
    ],
    [
      'a literal argument',
      { 's/main.tf': using('file("${path.module}/a.json")'), 's/a.json': '' },
      's/a.json',
      ['path s/a.json (s/main.tf:2)'],
    ],
    [
      'one seen from where the engine runs',
      { 's/main.tf': call('../m'), 'm/x.tf': using('file("a.json")'), 's/a.json': '' },
      's/a.json',
      ['path s/a.json (m/x.tf:2, m)'],
    ],
    [
      'a directory above',
      { 's/main.tf': 'data "archive_file" "a" {\n  source_dir = "../src"\n}\n', 'src/a/b.py': '' },
      'src/a/b.py',
      ['path src/a/b.py (s/main.tf:2)'],
    ],
    [
      'a local value',
      { 's/main.tf': `locals {\n  d = "\${path.module}/f"\n}\n${using('file("${local.d}/a.txt")')}`, 's/f/a.txt': '' },
      's/f/a.txt',
      ['path s/f/a.txt (s/main.tf:5)'],
    ],
    [
      'what a command names',
      {
        's/main.tf':
          'resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "bash run/x.sh"\n  }\n}\n',
        's/run/x.sh': '',
      },
      's/run/x.sh',
      ['path s/run/x.sh (s/main.tf:3)'],
    ],
    [
      'what a variable file names',
      { 's/terraform.tfvars': 'p = "../src/a.txt"\n', 'src/a.txt': '' },
      'src/a.txt',
      ['path src/a.txt (s/terraform.tfvars:1)'],
    ],
    [
      'what a template reads',
      { 's/main.tf': using('templatefile("t.tpl", {})'), 's/t.tpl': 'x ${file("in.txt")}', 's/in.txt': '' },
      's/in.txt',
      ['path s/in.txt (s/t.tpl:1)'],
    ],
    [
      'a pattern',
      { 's/main.tf': using('fileset(path.module, "c/*.txt")') },
      's/c/new.txt',
      ['path s/c/new.txt (s/main.tf:2 finds files behind `s/c/`)'],
    ],
    [
      'a computed tail',
      { 's/main.tf': using('file("../f/${var.x}.txt")'), 'f/a.txt': '' },
      'f/b.txt',
      ['path f/b.txt (s/main.tf:2 computes a path behind `f/`)'],
    ],
    [
      'a computed end of a name',
      { 's/main.tf': using('file("../f/a-${var.x}")'), 'f/a.txt': '' },
      'f/a-1',
      ['path f/a-1 (s/main.tf:2 computes a path behind `f/a-`)'],
    ],
    [
      'anything, where a path is computed',
      { 's/main.tf': using('file(var.x)') },
      'README.md',
      ['path README.md (s/main.tf:2 computes a path without a literal beginning: the whole repository counts)'],
    ],
    [
      'when_modified',
      { 'holdfast.yaml': yaml('when_modified: ["../shared/**/*.json"]') },
      'shared/a/b.json',
      ['when_modified shared/a/b.json (../shared/**/*.json)'],
    ],
    [
      '`when_modified`, let in again after it was taken away',
      { 'holdfast.yaml': yaml('when_modified: ["!../sh/no/**", "../sh/no/a/**", "!../sh/no/a/*.md"]') },
      'sh/no/a/b.json',
      ['when_modified sh/no/a/b.json (../sh/no/a/**)'],
    ],
    [
      'a file behind a link',
      {
        's/y.tf': { link: '../lib/y.tf' },
        'lib/y.tf': PLAIN,
        'lib/x.tf': call('../q'),
        'q/x.tf': PLAIN,
        'holdfast.yaml': 'version: 1\ndiscover: {ignore: ["lib"]}\n',
      },
      'lib/y.tf',
      ['file lib/y.tf (s/y.tf)'],
    ],
  ])('%s', async (_name, files, path, reasons) => {
    expect(await touch(files, path)).toEqual(reasons);
  });

  it.each<[string, MemoryFiles, string]>([
    ['a README beside it', { 's/README.md': '' }, 's/README.md'],
    ['another stack', {}, 'other/main.tf'],
    ['a README of a module', { 's/main.tf': call('../m'), 'm/x.tf': PLAIN, 'm/README.md': '' }, 'm/README.md'],
    ['variables that are not loaded', { 's/prod.tfvars': '' }, 's/prod.tfvars'],
    ['a directory below it', { 's/sub/x.txt': '' }, 's/sub/x.txt'],
    ['.tofu where terraform runs', { 's/main.tf': PLAIN }, 's/x.tofu'],
    ['a text inside a heredoc', { 's/main.tf': using('<<E\ncat ../f/a.txt\nE\n'), 'f/a.txt': '' }, 'f/a.txt'],
    [
      'what `!` takes away',
      { 'holdfast.yaml': yaml('when_modified: ["../sh/**", "!**/*.md", "!../sh/no/**"]') },
      'sh/no/a.json',
    ],
    [
      'what is taken away again after it was let in',
      { 'holdfast.yaml': yaml('when_modified: ["../sh/**", "!../sh/no/**", "../sh/no/yes/**", "!../sh/no/yes/*.md"]') },
      'sh/no/yes/a.md',
    ],
    [
      'a sibling with the same beginning',
      { 's/main.tf': call('../m'), 'm/x.tf': PLAIN, 'm-old/y.txt': '' },
      'm-old/y.txt',
    ],
  ])('not by %s', async (_name, files, path) => {
    expect(await touch(files, path)).toEqual([]);
  });
});

describe('changes of the whole', () => {
  const reasons = async (before: MemoryFiles, after: MemoryFiles) =>
    (await lab.changed(before, after)).map((stack) => [stack.name, ...stack.reasons.map(showReason)]);

  it('tells added and deleted stacks', async () => {
    expect(await reasons({ 'a/x.tf': PLAIN }, { 'b/x.tf': PLAIN })).toEqual([
      ['a', 'deleted a', 'file a/x.tf'],
      ['b', 'added b', 'file b/x.tf'],
    ]);
  });

  it('does not call a directory deleted that only stopped being a stack', async () => {
    const before = { 'a/x.tf': PLAIN, 'b/x.tf': PLAIN };
    expect(await reasons(before, { ...before, 'holdfast.yaml': 'version: 1\ndiscover: {ignore: ["a"]}\n' })).toEqual(
      [],
    );
    expect(await reasons(before, { 'a/README.md': '', 'b/x.tf': PLAIN })).toEqual([]);
  });

  it('counts holdfast.yaml only for the stacks whose entry changed, and says which keys', async () => {
    const files = { 'a/x.tf': PLAIN, 'b/x.tf': PLAIN, 'holdfast.yaml': 'version: 1\nstacks:\n  - {dir: a}\n' };
    const next = 'version: 1\n# a comment\nstacks:\n  - {dir: a, env: {A: "1"}}\n  - {dir: b}\n';
    expect(await reasons(files, { ...files, 'holdfast.yaml': next })).toEqual([['a', 'config holdfast.yaml (env)']]);
  });

  it('counts a file that was read before and no longer is', async () => {
    const files = { 's/main.tf': using('file("../f/a.txt")'), 'f/a.txt': 'x' };
    expect(await reasons(files, { 's/main.tf': PLAIN })).toEqual([
      ['s', 'file s/main.tf', 'path f/a.txt (s/main.tf:2)'],
    ]);
  });

  it('gives every reason of a stack', async () => {
    const files = { 's/main.tf': call('../m'), 'm/x.tf': using('file("${path.module}/a")'), 'm/a': '1' };
    const after = { 's/main.tf': `${call('../m')}#\n`, 'm/x.tf': using('file("${path.module}/a") '), 'm/a': '2' };
    expect(await reasons(files, after)).toEqual([
      ['s', 'file s/main.tf', 'module m/x.tf (m)', 'path m/a (m/x.tf:2, m)'],
    ]);
  });

  it('counts a moved submodule in which a module lies', async () => {
    const files: MemoryFiles = { 's/main.tf': call('../sub/m'), sub: { submodule: 'a'.repeat(40) } };
    expect(await reasons(files, { ...files, sub: { submodule: 'b'.repeat(40) } })).toEqual([['s', 'module sub']]);
  });
});
