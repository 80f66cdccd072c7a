import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { execaSync } from 'execa';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/kernel/digest.ts';
import { unpackSource } from '../../workers/steps/unpack-source.ts';
import { PlanHarness, type RepositoryFiles } from '../support/plan-harness.ts';

const CONFIG = `terraform {
  backend "local" {
    path = "${join(tmpdir(), `hf-sources-${process.pid}.tfstate`)}"
  }
}
locals {
  dir   = join("/", [path.module, "fi", "les"])
  found = fileset(replace(local.dir, "fi/les", "files"), "**")
}
resource "terraform_data" "each" {
  for_each = { for f in local.found : f => filesha256("\${path.module}/files/\${f}") }
  input    = each.value
}
resource "terraform_data" "run" {
  input = fileexists("\${path.module}/../shared/link.txt") ? file("\${path.module}/../shared/link.txt") : "none"
}
output "through_directory_link" {
  value = fileset("\${path.module}/linked", "**")
}
`;

const FILES: RepositoryFiles = {
  '.gitattributes': 'files/hidden.txt export-ignore\n*.sub export-subst\n*.crlf text eol=crlf\n*.bin binary\n',
  'net/main.tf': CONFIG,
  'net/files/a.txt': 'a\n',
  'net/files/hidden.txt': 'hidden\n',
  'net/files/.gitattributes': 'ignored.txt export-ignore\n',
  'net/files/ignored.txt': 'still here\n',
  'net/files/id.sub': '$Format:%H$\n',
  'net/files/win.crlf': 'one\ntwo\n',
  'net/files/raw.bin': 'one\ntwo\n',
  'net/files/run.sh': { run: '#!/bin/sh\n' },
  'net/files/sub/deep name ü.txt': 'x'.repeat(100_000),
  'net/linked': { link: '../shared' },
  'shared/target.txt': 'target\n',
  'shared/link.txt': { link: './target.txt' },
  'shared/dangling.txt': { link: 'nowhere.txt' },
  'shared/loop': { link: 'loop' },
  [`long/${'d'.repeat(120)}/${'f'.repeat(120)}.txt`]: 'long\n',
};

/** Every entry of a tree as one line: kind, mode's executable bit, content or target. */
function listing(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(root, path).startsWith('.git/') && relative(root, path) !== '.git')
    .map((path) => {
      const found = lstatSync(path);
      const name = relative(root, path);
      if (found.isSymbolicLink()) return `${name} -> ${readlinkSync(path)}`;
      if (found.isDirectory()) return `${name}/`;
      return `${name} ${found.mode & 0o100 ? 'x' : '-'} ${sha256(readFileSync(path))}`;
    })
    .sort();
}

describe('the working copy', { timeout: 60_000 }, () => {
  let harness: PlanHarness;

  beforeEach(() => {
    harness = new PlanHarness();
  });
  afterEach(() => harness.close());

  it('holds the same files as a plain clone, and gives the same plan', async () => {
    const commit = harness.commit(FILES);
    const clone = join(harness.folder, 'clone');
    harness.git('clone', '-q', '-b', 'main', harness.mirror, clone);
    const { outcome, context } = await harness.plan(commit, { dir: 'net', backend: 'foreign', state_url: null });
    const made = ['net/terraform.tfstate', 'net/.terraform.lock.hcl', 'net/.terraform/'];
    const ours = listing(context.paths.work).filter((line) => !made.some((name) => line.startsWith(name)));
    expect(ours).toEqual(listing(clone));

    const env = { PATH: process.env.PATH ?? '', TF_CLI_CONFIG_FILE: '/dev/null', CHECKPOINT_DISABLE: '1' };
    const run = (...args: string[]) =>
      execaSync('terraform', args, { cwd: join(clone, 'net'), env, extendEnv: false }).stdout;
    run('init');
    run('plan', '-out=p');
    const shown = JSON.parse(run('show', '-json', 'p'));
    const there = Object.fromEntries(
      shown.resource_changes.map((c: { address: string; change: { after: { input: string } } }) => [
        c.address,
        c.change.after.input,
      ]),
    );
    const here = Object.fromEntries(
      (outcome.projection?.changes ?? []).map((c) => [c.address, c.attributes.find((a) => a.path === 'input')?.after]),
    );
    expect(here).toEqual(there);
    expect(Object.keys(here)).toContain('terraform_data.each["hidden.txt"]');
    expect(outcome.projection?.outputs[0]?.after).toBe(
      JSON.stringify(shown.output_changes.through_directory_link.after),
    );
  });

  it('is a plain clone whatever files a repository has', async () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', '-', ' ', '.', 'ü', '\\', '*', '😀', '"'),
      minLength: 1,
      maxLength: 12,
    });
    const place = fc.array(fc.constantFrom('d1', 'd 2', '-d3', 'dé'), { maxLength: 4 });
    const content = fc.oneof(
      fc.string({ maxLength: 200 }).map((text) => text),
      fc.string({ maxLength: 20 }).map((run) => ({ run })),
      fc.constantFrom('nowhere', './f-x', 'd1').map((link) => ({ link })),
    );
    const attributes = fc.subarray([
      '* text=auto',
      '*.a export-ignore',
      '*a* eol=crlf',
      'd1/** export-ignore',
      '* export-subst',
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(place, name, content), { minLength: 1, maxLength: 12 }),
        attributes,
        async (entries, lines) => {
          const files = Object.fromEntries(
            entries.map(([dirs, file, what]) => [[...dirs, `f-${file}`].join('/'), what]),
          );
          const commit = harness.commit({ ...files, '.gitattributes': `${lines.join('\n')}\n` });
          const [clone, ours] = [join(harness.folder, commit), join(harness.folder, `${commit}-ours`)];
          harness.git('clone', '-q', '-b', 'main', harness.mirror, clone);
          await unpackSource(harness.archive(commit), ours);
          expect(listing(ours)).toEqual(listing(clone));
          rmSync(clone, { recursive: true });
        },
      ),
      { numRuns: 25 },
    );
  });

  it.each([
    ['an absolute link', { 'a/l': { link: '/etc/passwd' } }],
    ['a link that leaves the tree', { 'a/l': { link: '../../x' } }],
    ['a link that leaves it through another', { 'a/b/d': { link: '../..' }, e: { link: 'a/b/d/../x' } }],
  ])('is refused with %s', async (_name, files) => {
    const commit = harness.commit({ 'main.tf': '', ...files });
    await expect(harness.plan(commit, { backend: 'foreign' })).rejects.toThrow(/leaves the repository/);
  });

  it('says where the stack should be when it is not there', async () => {
    const commit = harness.commit({ 'main.tf': '' });
    await expect(harness.plan(commit, { dir: 'gone' })).rejects.toThrow(/there is no directory `gone` at commit/);
  });

  it('is bounded in count and size', async () => {
    const commit = harness.commit({ a: '1', b: '2', c: '3'.repeat(2000) });
    const target = join(harness.root, 'w');
    await expect(unpackSource(harness.archive(commit), target, { entries: 2, bytes: 1e9 })).rejects.toThrow(
      /more than 2 files/,
    );
    await expect(unpackSource(harness.archive(commit), target, { entries: 9, bytes: 1000 })).rejects.toThrow(
      /holds more than/,
    );
    await unpackSource(harness.archive(commit), target);
    expect(readdirSync(target).sort()).toEqual(['a', 'b', 'c']);
  });
});
