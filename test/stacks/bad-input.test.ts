import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildTree } from '../../src/features/stacks/repository-tree.ts';
import { makeChangeLab } from '../support/change-lab.ts';
import { checkFolder } from '../support/check-folder.ts';
import { makeTempDir } from '../support/git-repository.ts';

const PLAIN = 'resource "terraform_data" "a" {}\n';
const call = (source: string) => `module "m" {\n  source = "${source}"\n}\n`;

let temp: ReturnType<typeof makeTempDir>;
beforeEach(() => {
  temp = makeTempDir('hf-bad-');
});
afterEach(() => temp.remove());

/** `severity file:line: message` of everything that validate finds in a folder with these files. */
async function validate(files: Readonly<Record<string, string | { link: string }>>): Promise<string[]> {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(temp.dir, path)), { recursive: true });
    if (typeof content === 'string') writeFileSync(join(temp.dir, path), content);
    else symlinkSync(content.link, join(temp.dir, path));
  }
  const found = await checkFolder(temp.dir);
  return found.map(({ severity, file, line, message }) => `${severity} ${file}:${line}: ${message}`);
}

describe('validate names with file and line', { timeout: 60_000 }, () => {
  it.each<[string, Record<string, string | { link: string }>, string]>([
    [
      'a circle of modules',
      { 's/main.tf': call('../x'), 'x/main.tf': call('../y'), 'y/main.tf': `\n${call('../x')}` },
      'error y/main.tf:2: modules call each other in a circle: x -> y -> x',
    ],
    [
      'a module outside the repository',
      { 's/main.tf': call('../../elsewhere') },
      'error s/main.tf:1: module "m": its source "../../elsewhere" leaves the repository',
    ],
    [
      'a module directory that is missing',
      { 's/main.tf': `\n\n${call('../none')}` },
      'error s/main.tf:3: module "m": its source "../none" is no directory of the repository',
    ],
    [
      'a link that leads out',
      { 's/main.tf': PLAIN, 's/out.tf': { link: '../../../etc/hosts' } },
      'error s/out.tf:null: this link leaves the repository',
    ],
    [
      'an override of the state',
      { 's/z_override.tf': 'terraform {\n  backend "s3" {}\n}\n' },
      'error s/z_override.tf:2: s/z_override.tf overrides',
    ],
    [
      'a file that is read from outside',
      { 's/main.tf': `resource "terraform_data" "a" {\n  input = file("../../secret")\n}\n` },
      'warning s/main.tf:2: a file outside the repository is read',
    ],
    [
      'a glob that matches nothing',
      {
        's/main.tf': PLAIN,
        'holdfast.yaml': 'version: 1\nstacks:\n  - dir: s\n    when_modified: ["../none/**"]\n',
      },
      'warning holdfast.yaml:4: matches no file',
    ],
    [
      'a name that is another one but for its composition',
      { 'gr\u00f6/x.tf': PLAIN, 'gro\u0308/x.tf': PLAIN },
      'error holdfast.yaml:null: stack "gr\u00f6" in gr\u00f6: gro\u0308 has the same name (the directories differ only',
    ],
    [
      'two stacks with one name',
      { 'a/x.tf': PLAIN, 'b/x.tf': PLAIN, 'holdfast.yaml': 'version: 1\nstacks:\n  - {dir: a, name: b}\n' },
      'error holdfast.yaml:null: stack "b" in b: a has the same name; give one of them another `name`',
    ],
    [
      'a file of 50 MB',
      { 's/main.tf': PLAIN, 'big/main.tf': `# ${'x'.repeat(50 * 1024 ** 2)}\n` },
      'error big/main.tf:1: the file is larger than 5 MB',
    ],
  ])('%s', async (_name, files, expected) => {
    const [only, ...others] = await validate(files);
    expect(only).toContain(expected);
    expect(others).toEqual([]);
  });
});

describe('the other stacks go on', { timeout: 60_000 }, () => {
  it('while one cannot be read, a module calls itself, and a file is huge', async () => {
    const lab = await makeChangeLab();
    const files = {
      'good/main.tf': PLAIN,
      'circle/main.tf': call('../x'),
      'x/main.tf': call('../x'),
      'broken/main.tf': 'x {\n',
      'big/main.tf': `# ${'x'.repeat(6 * 1024 ** 2)}\n`,
    };
    expect(await lab.push(lab.repo.commit(files))).toEqual(['big', 'broken', 'circle', 'good']);
    expect((await lab.stack('good')).unreadable).toBeNull();
    expect((await lab.stack('circle')).unreadable).toContain('x/main.tf:1: modules call each other in a circle');
    expect((await lab.stack('big')).unreadable).toContain('larger than 5 MB');
    expect(await lab.push(lab.repo.commit({ 'good/main.tf': `${PLAIN}#\n` }))).toEqual(['good']);
    // Its module call may be hidden by the error: the module is no stack for that.
    const calls = lab.repo.commit({ 'broken/main.tf': call('../good'), 'good/modules.tf': '' });
    expect(await lab.push(calls)).toEqual(['broken']);
    expect((await lab.stack('good')).held).toContain('is no stack any more');
    expect(await lab.push(lab.repo.commit({ 'broken/main.tf': 'x {\n' }))).toEqual(['broken']);
    expect((await lab.stack('good')).held).toContain('is no stack any more');
    await lab.close();
  });

  it('100,000 files: a tree is arranged, asked and changed without a pause worth the name', () => {
    const entries = Array.from({ length: 100_000 }, (_, i) => ({
      path: `data/${i % 300}/${i}.json`,
      mode: '100644',
      sha: String(i).padStart(40, '0'),
    }));
    const tree = buildTree(entries);
    expect(tree.under('data/7')).toHaveLength(334);
    expect(tree.byPath.get('data/299/299.json')?.sha).toMatch(/299$/);
    const after = { path: 'data/7/new.json', mode: '100644', sha: 'f'.repeat(40) };
    const next = tree.with([{ path: after.path, before: null, after }], null);
    expect([tree.under('data/7').length, next.under('data/7').length]).toEqual([334, 335]);
    expect(next.byPath.get('data/8/8.json')).toBe(tree.byPath.get('data/8/8.json'));
  });
});
