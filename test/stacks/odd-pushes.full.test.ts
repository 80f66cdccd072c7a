import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeChangeLab } from '../support/change-lab.ts';
import { bothSets } from '../support/same-sets.ts';

let lab: Awaited<ReturnType<typeof makeChangeLab>>;
beforeEach(async () => {
  lab = await makeChangeLab();
});
afterEach(() => lab.close());

const PLAIN = 'resource "terraform_data" "a" {}\n';
const call = (source: string) => `module "net" {\n  source = "${source}"\n}\n`;
const using = (value: string, name = 'x') => `resource "terraform_data" "${name}" {\n  input = ${value}\n}\n`;
const git = (...args: string[]) => lab.repo.git(...args);
const at = (path: string) => join(lab.repo.dir, path);
function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  }
}
const remove = (path: string) => rmSync(at(path), { recursive: true });

type Files = Readonly<Record<string, string>>;
const JSON_STACK = JSON.stringify({
  module: { m: { source: '../m' } },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: terraform's
  resource: { terraform_data: { x: { input: '${file("../f/x.txt")}' } } },
});
const KEPT: Files = { 'kept/main.tf': PLAIN };

describe('`changed` and the server agree on', { timeout: 60_000 }, () => {
  it.each<[string, Files, () => unknown, string[]]>([
    [
      'a file that is read and becomes a directory',
      { 's/main.tf': using('file("../f/a.txt")'), 'f/a.txt': 'x' },
      () => {
        remove('f/a.txt');
        write({ 'f/a.txt/y': '1' });
      },
      ['s: path f/a.txt (s/main.tf:2); path f/a.txt/y (s/main.tf:2)'],
    ],
    [
      'a module that becomes a file',
      { 's/main.tf': call('../modules/n'), 'modules/n/main.tf': PLAIN },
      () => {
        remove('modules/n');
        write({ 'modules/n': '1' });
      },
      ['s: module modules/n/main.tf (modules/n)'],
    ],
    [
      'a stack whose directory becomes a file',
      { 's/main.tf': PLAIN, ...KEPT },
      () => {
        remove('s');
        write({ s: '1' });
      },
      ['s: deleted'],
    ],
    [
      'names that differ in case alone',
      { 's/main.tf': call('../modules/net'), 'modules/net/main.tf': PLAIN },
      () => {
        git('mv', 'modules/net', 'modules/Net');
        git('mv', 's/main.tf', 's/Main.tf');
      },
      ['s: file s/Main.tf; file s/main.tf; module modules/net/main.tf (modules/net)'],
    ],
    [
      'a stack moved and edited at once',
      { 's/main.tf': PLAIN, 's/two.tf': 'locals {\n  a = 1\n}\n', ...KEPT },
      () => {
        git('mv', 's', 'e');
        write({ 'e/main.tf': `${PLAIN}# more\n` });
      },
      ['e: added e; file e/main.tf; file e/two.tf', 's: deleted'],
    ],
    [
      'a module that moved, for who went along and who did not',
      { 's/main.tf': call('../modules/net'), 't/main.tf': call('../modules/net'), 'modules/net/main.tf': PLAIN },
      () => {
        git('mv', 'modules/net', 'modules/nw');
        write({ 's/main.tf': call('../modules/nw') });
      },
      [
        's: file s/main.tf; module modules/net/main.tf (modules/net); module modules/nw/main.tf (modules/nw)',
        't: module modules/net/main.tf (modules/net)',
      ],
    ],
    [
      'paths that a module names: its own, the root’s, the working directory’s',
      {
        's/main.tf': call('../m'),
        // biome-ignore lint/suspicious/noTemplateCurlyInString: terraform's
        'm/main.tf': `${using('file("${path.module}/a.txt")')}${using('file("${path.root}/b.txt")', 'y')}${using('file("c.txt")', 'z')}`,
        ...{ 'm/a.txt': '', 's/b.txt': '', 's/c.txt': '', 'm/b.txt': '', 'm/c.txt': '' },
      },
      () => write({ 'm/a.txt': '2', 's/b.txt': '2', 's/c.txt': '2', 'm/b.txt': '2', 'm/c.txt': '2' }),
      ['s: path m/a.txt (m/main.tf:2, m); path s/b.txt (m/main.tf:5, m); path s/c.txt (m/main.tf:8, m)'],
    ],
    [
      'a path put together by functions',
      {
        's/main.tf': `${using('file(format("%s/../f/%s.txt", path.module, "x"))')}${using('file(join("/", [path.module, "..", "f", "y.txt"]))', 'y')}`,
        ...{ 'f/x.txt': '', 'f/y.txt': '', 'f/z.txt': '' },
      },
      () => write({ 'f/x.txt': '2', 'f/y.txt': '2', 'f/z.txt': '2' }),
      ['s: path f/x.txt (s/main.tf:2); path f/y.txt (s/main.tf:5)'],
    ],
    [
      'JSON configuration, and what it reads and calls',
      { 's/main.tf.json': JSON_STACK, 'm/main.tf': PLAIN, 'f/x.txt': '' },
      () => write({ 'f/x.txt': '2', 'm/y.tf': '#\n' }),
      ['s: module m/y.tf (m); path f/x.txt (s/main.tf.json:1)'],
    ],
    [
      'a call that another file overrides',
      { 's/main.tf': call('../m'), 's/override.tf': call('../n'), 'm/main.tf': PLAIN, 'n/main.tf': PLAIN },
      () => write({ 'n/x.tf': '#\n' }),
      ['s: module n/x.tf (n)'],
    ],
    [
      'a module that is called by odd spellings',
      {
        's/main.tf': call('./../modules/../modules/net/'),
        't/main.tf': call('..//modules/net'),
        'modules/net/x.tf': PLAIN,
      },
      () => write({ 'modules/net/y.tf': '#\n' }),
      ['s: module modules/net/y.tf (modules/net)', 't: module modules/net/y.tf (modules/net)'],
    ],
    [
      'a link that leads elsewhere now',
      { 's/main.tf': using('file("cur/x.txt")'), 'v2/x.txt': '2' },
      () => symlinkSync('../v2', at('s/cur')),
      ['s: path s/cur (s/main.tf:2)'],
    ],
    [
      'line ends, and a mark of byte order before a call',
      { 's/main.tf': PLAIN, 't/main.tf': `\ufeff${call('../m')}`, 'm/main.tf': PLAIN },
      () => write({ 's/main.tf': PLAIN.replaceAll('\n', '\r\n'), 'm/x.tf': '#\n' }),
      ['s: file s/main.tf', 't: module m/x.tf (m)'],
    ],
    [
      'a state that is read: an order, and no reason',
      {
        's/main.tf': 'terraform {\n  backend "s3" {\n    bucket = "b"\n    key    = "s"\n  }\n}\n',
        'r/main.tf':
          'data "terraform_remote_state" "s" {\n  backend = "s3"\n  config  = { bucket = "b", key = "s" }\n}\n',
      },
      () => write({ 's/x.tf': PLAIN }),
      ['s: file s/x.tf'],
    ],
    [
      'directories that begin with a dash, hold brackets or are decomposed Unicode',
      { '$(x)/main.tf': PLAIN, ':(top)/main.tf': PLAIN, 'e\u0301/main.tf': call('../-m/[y]'), '-m/[y]/main.tf': PLAIN },
      () => write({ '$(x)/x.tf': '#\n', ':(top)/x.tf': '#\n', '-m/[y]/x.tf': '#\n' }),
      ['$(x): file $(x)/x.tf', ':(top): file :(top)/x.tf', '\u00e9: module -m/[y]/x.tf (-m/[y])'],
    ],
  ])('%s', async (_name, files, edit, expected) => {
    const base = lab.repo.commit({ 'README.md': 'x', ...files });
    edit();
    git('add', '-A');
    git('commit', '-qm', 'next');
    expect(await bothSets(lab, base, lab.repo.head())).toEqual(expected);
  });

  it('a merge, compared with its first parent', async () => {
    lab.repo.commit({ 's/main.tf': PLAIN, 't/main.tf': PLAIN });
    git('checkout', '-qb', 'side');
    lab.repo.commit({ 't/main.tf': `${PLAIN}#\n` });
    git('checkout', '-q', 'main');
    const base = lab.repo.commit({ 's/main.tf': `${PLAIN}#\n` });
    git('merge', '-q', '--no-ff', '-m', 'merge', 'side');
    expect(await bothSets(lab, base, lab.repo.head())).toEqual(['t: file t/main.tf']);
  });

  it('a branch that has another history now', async () => {
    const base = lab.repo.commit({ 's/main.tf': PLAIN, 't/main.tf': PLAIN });
    git('checkout', '-q', '--orphan', 'other');
    const head = lab.repo.commit({ 't/main.tf': `${PLAIN}#\n` });
    expect(await bothSets(lab, base, head)).toEqual(['t: file t/main.tf']);
  });
});

describe('a stack of which something may be left', { timeout: 60_000 }, () => {
  it.each<[string, () => unknown]>([
    ['behind a submodule', () => git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},live`)],
    [
      'behind a link',
      () => {
        symlinkSync('elsewhere', at('live'));
        git('add', '-A');
      },
    ],
  ])('%s is held, and not destroyed', async (_where, put) => {
    await lab.push(lab.repo.commit({ 'live/net/main.tf': PLAIN, ...KEPT }));
    await lab.db.updateTable('stacks').set({ applied_commit: 'x' }).where('name', '=', 'live/net').execute();
    git('rm', '-rqf', 'live');
    put();
    git('commit', '-qm', 'moved out');
    await lab.push(lab.repo.head());
    expect(await lab.stack('live/net')).toMatchObject({
      deleted_at: null,
      held: expect.stringContaining('no stack any more'),
    });
    expect(await lab.db.selectFrom('runs').select('id').where('kind', '=', 'destroy').execute()).toEqual([]);
  });
});
