import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeChangeLab } from '../support/change-lab.ts';

let lab: Awaited<ReturnType<typeof makeChangeLab>>;
beforeEach(async () => {
  lab = await makeChangeLab();
});
afterEach(() => lab.close());

const PLAIN = 'resource "terraform_data" "a" {}\n';
const TWO = { 'a/main.tf': PLAIN, 'a/vars.tf': 'variable "x" {\n  default = 1\n}\n', 'b/main.tf': `${PLAIN}#b\n` };

/** What an apply of the stack leaves: the queued plan is applied. */
async function applied(stack: string): Promise<void> {
  const run = await lab.db
    .selectFrom('runs')
    .selectAll()
    .where('stack', '=', stack)
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  await lab.db
    .updateTable('runs')
    .set({ status: 'applied', end: 'applied', finished_at: 1 })
    .where('id', '=', run.id)
    .execute();
  await lab.db
    .updateTable('stacks')
    .set({ applied_commit: run.commit_sha, applied_run: run.id, applied_spec: run.spec_digest })
    .where('name', '=', stack)
    .execute();
}

const runsOf = (stack: string) =>
  lab.db.selectFrom('runs').selectAll().where('stack', '=', stack).orderBy('id', 'desc').execute();
const rowOf = (name: string) => lab.db.selectFrom('stacks').selectAll().where('name', '=', name).executeTakeFirst();

function rename(from: string, to: string): string {
  lab.repo.git('mv', from, to);
  lab.repo.git('commit', '-qm', `move ${from} to ${to}`);
  return lab.repo.head();
}

describe('a stack whose directory is moved by git', () => {
  it('goes on under its new name with runs and state, and says so', async () => {
    await lab.push(lab.repo.commit(TWO));
    await applied('a');
    const before = await lab.stack('a');
    expect(await lab.push(rename('a', 'c'))).toEqual(['c']);
    expect(await rowOf('a')).toBeUndefined();
    expect(await lab.stack('c')).toMatchObject({ dir: 'c', applied_commit: before.applied_commit, held: null });
    const [run, older] = await runsOf('c');
    expect(JSON.parse(run?.reasons ?? '')[0]).toEqual({
      kind: 'added',
      path: 'c',
      via: ['git moved it here from a, where it was stack `a`: its state goes on'],
    });
    expect(older?.status).toBe('applied');
    const said = await lab.db.selectFrom('audit').selectAll().where('action', '=', 'stack.moved').execute();
    expect(said.map(({ subject, facts }) => [subject, JSON.parse(facts).from])).toEqual([['c', 'a']]);
  });

  it('keeps its name where holdfast.yaml gives it one', async () => {
    const yaml = (dir: string) => ({ 'holdfast.yaml': `version: 1\nstacks:\n  - {dir: ${dir}, name: net}\n` });
    await lab.push(lab.repo.commit({ ...TWO, ...yaml('a') }));
    await applied('net');
    lab.repo.git('mv', 'a', 'c');
    expect(await lab.push(lab.repo.commit(yaml('c')))).toEqual(['net']);
    expect(await lab.stack('net')).toMatchObject({ dir: 'c', held: null, deleted_at: null });
  });

  it('waits while a run of it is under way', async () => {
    await lab.push(lab.repo.commit(TWO));
    const [run] = await runsOf('a');
    await lab.db
      .updateTable('runs')
      .set({ status: 'applying' })
      .where('id', '=', run?.id ?? '')
      .execute();
    expect(await lab.push(rename('a', 'c'))).toEqual([]);
    expect((await lab.stack('c')).held).toContain('`holdfast stacks mv a c`');
    expect(await lab.stack('a')).toMatchObject({ deleted_at: null });
    expect(await runsOf('c')).toEqual([]);
  });

  it('is somebody new where nothing was ever made', async () => {
    await lab.push(lab.repo.commit(TWO));
    expect(await lab.push(rename('a', 'c'))).toEqual(['c']);
    expect((await lab.stack('a')).retired_at).not.toBeNull();
  });

  it('is held where the name turns up elsewhere and git sees no rename', async () => {
    const yaml = (dir: string) => ({ 'holdfast.yaml': `version: 1\nstacks:\n  - {dir: ${dir}, name: net}\n` });
    await lab.push(lab.repo.commit({ ...TWO, ...yaml('a') }));
    await applied('net');
    const other = 'output "quite" {\n  value = "another thing, in many words, that looks like nothing else"\n}\n';
    expect(await lab.push(lab.repo.commit({ 'd/main.tf': other, ...yaml('d') }))).toEqual(['a']);
    expect((await lab.stack('net')).held).toContain('git sees no rename');
    expect((await lab.stack('a')).held).toBeNull();
  });
});

describe('a name that is taken off an entry whose stack has a state', () => {
  it('holds the directory with the two ways out, and destroys nothing', async () => {
    const yaml = (name: string) => ({ 'holdfast.yaml': `version: 1\nstacks:\n  - {dir: a${name}}\n` });
    await lab.push(lab.repo.commit({ ...TWO, ...yaml(', name: net') }));
    await applied('net');
    expect(await lab.push(lab.repo.commit(yaml('')))).toEqual([]);
    expect((await lab.stack('a')).held).toBe(
      'this directory was `net`; set `name: net`, or `holdfast stacks mv net a`',
    );
    expect((await lab.stack('net')).held).toContain('no stack any more');
    expect(await lab.push(lab.repo.commit(yaml(', name: net')))).toEqual(['net']);
    expect(await rowOf('net')).toMatchObject({ held: null, deleted_at: null });
  });
});

describe('a name of another repository', () => {
  it('is not to be had while that one is configured, or has a state; else it is', async () => {
    await lab.push(lab.repo.commit(TWO));
    await applied('a');
    expect(await lab.push(lab.repo.head(), { repository: 'other' })).toEqual(['a', 'b']);
    const said = (await lab.repos.find('other'))?.config_error ?? '';
    expect(said).toContain('repository \\"infra\\" has a stack of that name; set `stack_prefix`');
    lab.removed.add('infra');
    const commit = lab.repo.commit({ 'a/main.tf': `${PLAIN}#\n`, 'b/main.tf': `${PLAIN}#\n` });
    await lab.push(commit, { repository: 'other' });
    expect(await lab.stack('b')).toMatchObject({ repository: 'other' });
    expect(await lab.stack('a')).toMatchObject({ repository: 'infra' });
    expect((await lab.repos.find('other'))?.config_error).toContain('no longer in server.yaml');
  });
});
