import { execFileSync } from 'node:child_process';
import { symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reportChanged } from '../../src/compose/changed.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { makeChangeLab } from '../support/change-lab.ts';
import { makeTempDir } from '../support/git-repository.ts';
import { bothSets } from '../support/same-sets.ts';

let lab: Awaited<ReturnType<typeof makeChangeLab>>;
beforeEach(async () => {
  lab = await makeChangeLab();
});
afterEach(() => lab.close());

const PLAIN = 'resource "terraform_data" "a" {}\n';
const CALL = 'module "net" {\n  source = "../modules/net"\n}\n';
const READS = 'resource "terraform_data" "a" {\n  input = file("../files/a.txt")\n}\n';
const FILES = {
  'a/main.tf': CALL,
  'b/main.tf': CALL,
  'c/main.tf': READS,
  'd/main.tf': PLAIN,
  'files/a.txt': 'x\n',
  'modules/net/main.tf': PLAIN,
  'modules/net/more.tf': PLAIN.replace('"a"', '"b"'),
};

/** What the commit made by `edit` touches, as both say. */
async function touched(edit: () => unknown, files: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const base = lab.repo.commit({ ...FILES, ...files });
  edit();
  lab.repo.git('add', '-A');
  lab.repo.git('commit', '-q', '--allow-empty', '-m', 'next');
  return bothSets(lab, base, lab.repo.head());
}
const git = (...args: string[]) => lab.repo.git(...args);

describe('`changed` and the server agree on', { timeout: 60_000 }, () => {
  it('a rename from one stack to another, and of a module file', async () => {
    expect(
      await touched(
        () => {
          git('mv', 'd/main.tf', 'c/other.tf');
          git('mv', 'modules/net/more.tf', 'modules/net/again.tf');
        },
        { 'd/keep.tf': PLAIN.replace('"a"', '"k"') },
      ),
    ).toEqual([
      'a: module modules/net/again.tf (modules/net); module modules/net/more.tf (modules/net)',
      'b: module modules/net/again.tf (modules/net); module modules/net/more.tf (modules/net)',
      'c: file c/other.tf',
      'd: file d/main.tf',
    ]);
  });

  it('deletions: of a file of a module, of one that is read, of a whole stack', async () => {
    expect(await touched(() => git('rm', '-rq', 'modules/net/more.tf', 'files/a.txt', 'd'))).toEqual([
      'a: module modules/net/more.tf (modules/net)',
      'b: module modules/net/more.tf (modules/net)',
      'c: path files/a.txt (c/main.tf:2)',
      'd: deleted',
    ]);
  });

  it('a mode, and a file that becomes a link', async () => {
    expect(
      await touched(() => {
        git('update-index', '--chmod=+x', 'files/a.txt');
        execFileSync('chmod', ['+x', join(lab.repo.dir, 'files/a.txt')]);
        unlinkSync(join(lab.repo.dir, 'd/main.tf'));
        symlinkSync('../modules/net/main.tf', join(lab.repo.dir, 'd/main.tf'));
      }),
    ).toEqual(['c: path files/a.txt (c/main.tf:2)', 'd: file d/main.tf']);
  });

  it('a merge: what it brings to its first parent', async () => {
    lab.repo.commit(FILES);
    git('checkout', '-q', '-b', 'side');
    lab.repo.commit({ 'a/main.tf': `${CALL}# side\n` });
    git('checkout', '-q', 'main');
    const first = lab.repo.commit({ 'd/main.tf': `${PLAIN}# main\n` });
    git('merge', '-q', '--no-ff', '-m', 'merge', 'side');
    expect(await bothSets(lab, first, lab.repo.head())).toEqual(['a: file a/main.tf']);
    expect(git('rev-parse', 'HEAD^1').trim()).toBe(first);
  });

  it('a submodule that moves, with a module in it', async () => {
    const submodule = (sha: string) => git('update-index', '--add', '--cacheinfo', `160000,${sha.repeat(40)},vendor`);
    const base = lab.repo.commit({ ...FILES, 'd/main.tf': 'module "v" {\n  source = "../vendor/net"\n}\n' });
    expect(base).toHaveLength(40);
    submodule('1');
    git('commit', '-qm', 'with it');
    const before = lab.repo.head();
    submodule('2');
    git('commit', '-qm', 'moved');
    expect(await bothSets(lab, before, lab.repo.head())).toEqual(['d: module vendor']);
  });

  it('CRLF: sources and line numbers are read as ever, and a change of line ends is a change', async () => {
    const crlf = (text: string) => text.replaceAll('\n', '\r\n');
    expect(
      await touched(() => lab.repo.commit({ 'modules/net/main.tf': crlf(PLAIN), 'files/a.txt': 'x\r\n' }), {
        'a/main.tf': crlf(CALL),
        'c/main.tf': crlf(`# first\n${READS}`),
      }),
    ).toEqual([
      'a: module modules/net/main.tf (modules/net)',
      'b: module modules/net/main.tf (modules/net)',
      'c: path files/a.txt (c/main.tf:3)',
    ]);
  });

  it('names with spaces, line feeds and umlauts, composed or not', async () => {
    const composed = 'gr\u00f6\u00dfe x';
    const decomposed = 'gro\u0308\u00dfe/y';
    expect(
      await touched(
        () =>
          lab.repo.commit({
            [`${composed}/main.tf`]: `${PLAIN}#\n`,
            [`${decomposed}/main.tf`]: `${PLAIN}#\n`,
            'odd\nname/in file.txt': '2',
            'modules/net/sp ace\n.tf': '# new\n',
          }),
        {
          [`${composed}/main.tf`]: PLAIN,
          [`${decomposed}/main.tf`]: PLAIN,
          'odd\nname/in file.txt': '1',
          'c/main.tf': 'resource "terraform_data" "a" {\n  input = file("../odd\\nname/in file.txt")\n}\n',
        },
      ),
    ).toEqual([
      'a: module modules/net/sp ace\n.tf (modules/net)',
      'b: module modules/net/sp ace\n.tf (modules/net)',
      'c: path odd\nname/in file.txt (c/main.tf:2)',
      `${composed}: file ${composed}/main.tf`,
      `${decomposed.normalize('NFC')}: file ${decomposed}/main.tf`,
    ]);
  });

  it('10,000 files in one commit, those of two stacks among them', { timeout: 120_000 }, async () => {
    const base = lab.repo.commit(FILES);
    const lines = ['commit refs/heads/main', 'committer A <a@b> 1800000000 +0000', 'data 1', 'x', `from ${base}`];
    const blob = (path: string, text: string) => lines.push(`M 100644 inline ${path}`, `data ${text.length}`, text);
    for (let i = 0; i < 10_000; i++) blob(`data/${i % 100}/f${i}.txt`, String(i));
    blob('d/main.tf', `${PLAIN}#\n`);
    blob('modules/net/more.tf', '# empty\n');
    execFileSync('git', ['fast-import', '--quiet'], { cwd: lab.repo.dir, input: `${lines.join('\n')}\n` });
    expect(await bothSets(lab, base, git('rev-parse', 'refs/heads/main').trim())).toEqual([
      'a: module modules/net/more.tf (modules/net)',
      'b: module modules/net/more.tf (modules/net)',
      'd: file d/main.tf',
    ]);
  });

  it('files that .gitattributes hides from diffs, archives and people', async () => {
    expect(
      await touched(() => lab.repo.commit({ 'd/main.tf': `${PLAIN}#\n`, 'files/a.txt': 'y\n' }), {
        '.gitattributes':
          '*.tf -diff export-ignore linguist-generated\nfiles/** binary export-ignore\nd/** filter=lfs\n',
      }),
    ).toEqual(['c: path files/a.txt (c/main.tf:2)', 'd: file d/main.tf']);
  });

  it('holdfast.yaml: only stacks whose entry differs', async () => {
    const yaml = (more: string) => `version: 1\nstacks:\n  - {dir: a${more}}\n  - {dir: d}\n`;
    expect(
      await touched(() => lab.repo.commit({ 'holdfast.yaml': `# a comment\n${yaml(', env: {A: "1"}')}` }), {
        'holdfast.yaml': yaml(''),
      }),
    ).toEqual(['a: config holdfast.yaml (env)']);
  });
});

describe('a branch that was pushed over', { timeout: 60_000 }, () => {
  it('`changed` looks from the merge base; the server from what it planned last, so that what was dropped is planned again', async () => {
    const fork = lab.repo.commit(FILES);
    const dropped = lab.repo.commit({ 'd/main.tf': `${PLAIN}# dropped\n` });
    await lab.push(fork);
    await lab.push(dropped);
    git('reset', '-q', '--hard', fork);
    const head = lab.repo.commit({ 'a/main.tf': `${CALL}# new\n` });
    const report = await reportChanged(
      { repo: lab.repo.dir, base: dropped, head },
      { env: { PATH: process.env.PATH }, clock: systemClock },
    );
    expect([report.base, ...report.stacks.map(({ name }) => name)]).toEqual([fork, 'a']);
    expect(await lab.push(head)).toEqual(['a', 'd']);
  });

  it('a base that a shallow clone lacks is said to be missing, with the way out', async () => {
    const base = lab.repo.commit(FILES);
    lab.repo.commit({ 'a/main.tf': `${CALL}#\n` });
    const clone = makeTempDir('hf-shallow-');
    execFileSync('git', ['clone', '-q', '--depth', '1', `file://${lab.repo.dir}`, join(clone.dir, 'r')]);
    const ask = (from: string) =>
      reportChanged(
        { repo: join(clone.dir, 'r'), base: from, head: 'HEAD' },
        { env: { PATH: process.env.PATH }, clock: systemClock },
      );
    await expect(ask(base)).rejects.toMatchObject({
      message: expect.stringContaining('is no commit of this repository'),
    });
    execFileSync('git', ['fetch', '-q', '--depth', '2'], { cwd: join(clone.dir, 'r') });
    expect((await ask(base)).stacks.map(({ name }) => name)).toEqual(['a']);
    clone.remove();
  });
});
