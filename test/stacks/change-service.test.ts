import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqlStackRows, StackReader } from '../../src/features/stacks/index.ts';
import { makeChangeLab } from '../support/change-lab.ts';

let lab: Awaited<ReturnType<typeof makeChangeLab>>;
beforeEach(async () => {
  lab = await makeChangeLab();
});
afterEach(() => lab.close());

const PLAIN = 'resource "terraform_data" "a" {}\n';
const CALL = 'module "net" {\n  source = "../modules/net"\n}\n';
const FILES = { 'a/main.tf': CALL, 'b/main.tf': CALL, 'c/main.tf': PLAIN, 'modules/net/main.tf': PLAIN };

describe('processing heads', () => {
  it('plans everything on first sight, then exactly what a push touches', async () => {
    expect(await lab.push(lab.repo.commit(FILES))).toEqual(['a', 'b', 'c']);
    expect(await lab.push(lab.repo.commit({ 'modules/net/main.tf': `${PLAIN}# more\n` }))).toEqual(['a', 'b']);
    expect(await lab.push(lab.repo.commit({ 'c/README.md': 'hello' }))).toEqual([]);
    const run = await lab.db
      .selectFrom('runs')
      .selectAll()
      .where('stack', '=', 'a')
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow();
    expect(JSON.parse(run.reasons)).toEqual([{ kind: 'module', path: 'modules/net/main.tf', via: ['modules/net'] }]);
    expect(run.author).toBe('Ada <ada@example.com>');
    expect((await lab.repos.find('infra'))?.processed_commit).toBe(lab.repo.head());
    expect(lab.rings()).toBe(3);
  });

  it('ignores the first sight when told so, and still knows what was there', async () => {
    expect(await lab.push(lab.repo.commit(FILES), { makesRuns: false })).toEqual([]);
    expect((await lab.stack('a')).inputs_digest).toHaveLength(64);
    expect(await lab.push(lab.repo.commit({ 'a/main.tf': `${CALL}#\n` }))).toEqual(['a']);
  });

  it('makes no run for a stack whose inputs are the same again', async () => {
    await lab.push(lab.repo.commit(FILES));
    const chmod = lab.repo.git('update-index', '--chmod=+x', 'c/main.tf');
    lab.repo.git('commit', '-qm', `mode ${chmod}`);
    expect(await lab.push(lab.repo.head())).toEqual(['c']);
    lab.repo.git('commit', '-q', '--allow-empty', '-m', 'nothing');
    expect(await lab.push(lab.repo.head())).toEqual([]);
  });

  it('does not lose what changed under a broken holdfast.yaml', async () => {
    const good = await lab.push(lab.repo.commit(FILES));
    expect(good).toHaveLength(3);
    const before = lab.repo.head();
    const broken = lab.repo.commit({ 'holdfast.yaml': 'version: 1\nstacks: nonsense\n', 'a/main.tf': `${CALL}#\n` });
    await expect(lab.push(broken)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('stacks'),
    });
    expect((await lab.repos.find('infra'))?.processed_commit).toBe(before);
    expect((await lab.stack('a')).head_commit).toBe(before);
    expect(await lab.push(lab.repo.commit({ 'holdfast.yaml': 'version: 1\n' }))).toEqual(['a']);
  });

  it('plans the others when one stack does not parse, and gives that one a run that can say so', async () => {
    await lab.push(lab.repo.commit(FILES));
    const runs = await lab.push(
      lab.repo.commit({ 'a/main.tf': 'module "net" {\n  source = \n', 'c/main.tf': `${PLAIN}#\n` }),
    );
    expect(runs).toEqual(['a', 'c']);
    expect((await lab.stack('a')).unreadable).toMatch(/^a\/main\.tf:2: Invalid expression/);
    expect((await lab.stack('c')).unreadable).toBeNull();
    expect(await lab.push(lab.repo.commit({ 'a/main.tf': CALL }))).toEqual(['a']);
    expect((await lab.stack('a')).unreadable).toBeNull();
  });

  it('does not take a module for a stack while the only file that calls it is broken', async () => {
    await lab.push(lab.repo.commit({ 'a/main.tf': 'module "x" {\n  source = "../lib"\n}\n', 'lib/main.tf': PLAIN }));
    expect(await lab.push(lab.repo.commit({ 'a/main.tf': 'broken = "\nmodule "x" {\n source = "../lib"\n' }))).toEqual([
      'a',
    ]);
  });

  it('marks a stack deleted only when its directory is gone', async () => {
    await lab.push(lab.repo.commit({ ...FILES, 'c/README.md': 'x' }));
    expect(await lab.push(lab.repo.commit({ 'b/main.tf': null, 'c/main.tf': null }))).toEqual([]);
    expect((await lab.stack('b')).deleted_at).not.toBeNull();
    expect(await lab.stack('c')).toMatchObject({
      deleted_at: null,
      held: expect.stringContaining('no stack any more'),
    });
    expect(await lab.push(lab.repo.commit({ 'b/main.tf': `${CALL}#\n`, 'c/main.tf': PLAIN }))).toEqual(['b', 'c']);
    expect(await lab.stack('c')).toMatchObject({ held: null });
  });

  it('takes back what waits for a stack that is gone or held, and plans it again when it returns', async () => {
    const first = lab.repo.commit({ ...FILES, 'c/README.md': 'x' });
    await lab.push(first);
    await lab.push(lab.repo.commit({ 'b/main.tf': null, 'c/main.tf': null }));
    const taken = await lab.db
      .selectFrom('runs')
      .selectAll()
      .where('commit_sha', '=', first)
      .orderBy('stack')
      .execute();
    expect(taken.map(({ stack, status }) => [stack, status])).toEqual([
      ['a', 'queued'],
      ['b', 'superseded'],
      ['c', 'superseded'],
    ]);
    expect(taken[1]?.reason).toContain('gone from the head');
    expect(taken[2]?.reason).toContain('held');
  });

  it('holds a stack whose directory was applied under another name', async () => {
    await lab.push(lab.repo.commit(FILES));
    await lab.db.updateTable('stacks').set({ applied_commit: 'x' }).where('name', '=', 'a').execute();
    const yaml = 'version: 1\nstacks:\n  - {dir: a, name: net}\n  - {dir: c, name: compute}\n';
    expect(await lab.push(lab.repo.commit({ 'holdfast.yaml': yaml }))).toEqual(['compute']);
    expect((await lab.stack('net')).held).toContain('this directory was `a`');
    expect((await lab.stack('c')).deleted_at).not.toBeNull();
    await lab.push(lab.repo.commit({ 'holdfast.yaml': 'version: 1\n' }));
    expect(await lab.stack('a')).toMatchObject({ held: null, deleted_at: null, applied_commit: 'x' });
    expect((await lab.stack('net')).deleted_at).not.toBeNull();
  });

  it('leaves out a stack whose name another repository has, and says what to do', async () => {
    await lab.push(lab.repo.commit(FILES), { repository: 'first' });
    expect(await lab.push(lab.repo.commit({ 'd/main.tf': PLAIN }), { repository: 'second' })).toEqual(['d']);
    const error = (await lab.repos.find('second'))?.config_error ?? '';
    expect(error).toContain('repository \\"first\\" has a stack of that name');
    expect(error).toContain('stack_prefix');
    expect((await lab.stack('a')).repository).toBe('first');
  });

  it('compares by content where the last processed commit is gone', async () => {
    await lab.push(lab.repo.commit(FILES));
    expect(await lab.push(lab.repo.commit({ 'c/main.tf': `${PLAIN}#\n` }), { base: null })).toEqual(['c']);
  });

  it('takes names as they are, and follows links', async () => {
    await lab.push(lab.repo.commit({ ...FILES, 'größe und\nmehr/x.tf': PLAIN }));
    symlinkSync('../modules', join(lab.repo.dir, 'c', 'lib'));
    const commit = lab.repo.commit({ 'c/main.tf': 'module "n" {\n  source = "./lib/net"\n}\n' });
    expect(await lab.push(commit)).toEqual(['c']);
    expect((await lab.stack('c')).unreadable).toBeNull();
    expect(await lab.push(lab.repo.commit({ 'modules/net/new.tf': PLAIN }))).toEqual(['a', 'b', 'c']);
    lab.repo.git('mv', 'modules/net/new.tf', 'modules/net/newer.tf');
    expect(await lab.push(lab.repo.commit({}))).toEqual(['a', 'b', 'c']);
  });

  it('parses no blob twice, not even after a restart', async () => {
    const first = lab.repo.commit(FILES);
    await lab.push(first);
    const before = await lab.db.selectFrom('parse_cache').selectAll().execute();
    expect(before).toHaveLength(2);
    lab.restart();
    expect(await lab.push(lab.repo.commit({ 'c/main.tf': `${PLAIN}#\n` }))).toEqual(['c']);
    expect(await lab.db.selectFrom('parse_cache').selectAll().execute()).toHaveLength(3);
    await lab.cache.prune(Date.now() + 1000);
    expect(await lab.db.selectFrom('parse_cache').selectAll().execute()).toHaveLength(0);
  });
});

describe('looking at stacks', () => {
  it('lists them by name in pages, with status and reason, and explains one', async () => {
    await lab.push(lab.repo.commit({ ...FILES, 'b/main.tf': 'x {\n' }));
    const reader = new StackReader({
      rows: new SqlStackRows(lab.db),
      graphOf: (repository) => lab.service.graphAt({ repository, commit: lab.repo.head(), objects: lab.objects }),
    });
    const first = await reader.list({ limit: 2, cursor: null });
    expect(first.stacks.map(({ name, status }) => [name, status])).toEqual([
      ['a', 'queued'],
      ['b', 'queued'],
    ]);
    const second = await reader.list({ limit: 2, cursor: first.next });
    expect([second.stacks.map(({ name }) => name), second.next]).toEqual([['c'], null]);
    await lab.db.updateTable('runs').set({ status: 'failed' }).execute();
    expect((await reader.get('c'))?.status).toBe('failed');
    expect(await reader.get('b')).toMatchObject({
      status: 'unreadable',
      reason: expect.stringMatching(/^b\/main\.tf:1: /),
    });
    const { explain } = (await reader.get('a', true)) ?? {};
    expect(explain?.why).toContain('a is a stack because it has configuration and no module call');
    expect(explain?.touched_by).toContainEqual({ kind: 'module', path: 'modules/net/*.tf', via: ['modules/net'] });
    expect(await reader.get('nowhere')).toBeNull();
  });
});
