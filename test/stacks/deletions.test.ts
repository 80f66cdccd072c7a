import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeChangeLab } from '../support/change-lab.ts';

let lab: Awaited<ReturnType<typeof makeChangeLab>>;
beforeEach(async () => {
  lab = await makeChangeLab();
  await lab.push(lab.repo.commit(files('abcde')));
  for (const stack of 'abcde') await applied(stack);
});
afterEach(() => lab.close());

const files = (names: string): Record<string, string | null> =>
  Object.fromEntries([...names].map((name) => [`${name}/main.tf`, `resource "terraform_data" "${name}" {}\n`]));
const gone = (names: string) => Object.fromEntries([...names].map((name) => [`${name}/main.tf`, null]));

async function applied(stack: string): Promise<void> {
  const run = await lab.db.selectFrom('runs').selectAll().where('stack', '=', stack).executeTakeFirstOrThrow();
  const end = { status: 'applied', end: 'applied', finished_at: 1 } as const;
  await lab.db.updateTable('runs').set(end).where('id', '=', run.id).execute();
  await lab.db
    .updateTable('stacks')
    .set({ applied_commit: run.commit_sha, applied_run: run.id, applied_spec: run.spec_digest })
    .where('name', '=', stack)
    .execute();
}

const destroys = () =>
  lab.db.selectFrom('runs').selectAll().where('kind', '=', 'destroy').orderBy('stack').orderBy('id').execute();

describe('a deleted directory', () => {
  it('becomes a destroy at the last applied commit with the spec of then', async () => {
    const before = await lab.stack('b');
    await lab.push(lab.repo.commit(gone('b')));
    const [run, ...others] = await destroys();
    expect(others).toEqual([]);
    expect(run).toMatchObject({
      stack: 'b',
      status: 'queued',
      trigger: 'deletion',
      commit_sha: before.applied_commit,
      spec_digest: before.applied_spec,
      speculative: 0,
    });
    expect(JSON.parse(run?.reasons ?? '')).toEqual([{ kind: 'deleted', path: 'b', via: [] }]);
    expect(await lab.stack('b')).toMatchObject({ retired_at: null, held: null });
    // The next push says nothing new about it.
    await lab.push(lab.repo.commit({ 'README.md': 'x' }));
    expect(await destroys()).toHaveLength(1);
  });

  it('is taken back where the directory returns, and only then', async () => {
    await lab.push(lab.repo.commit(gone('b')));
    await lab.push(lab.repo.commit({ 'a/main.tf': '# changed\n' }));
    expect((await destroys())[0]?.status).toBe('queued');
    expect(await lab.push(lab.repo.commit(files('b')))).toEqual(['b']);
    expect((await destroys())[0]).toMatchObject({ status: 'superseded', reason: 'its directory is back' });
    expect(await lab.stack('b')).toMatchObject({ deleted_at: null });
  });

  it('is taken back where the directory returns as something else', async () => {
    await lab.push(lab.repo.commit(gone('b')));
    await lab.push(lab.repo.commit({ 'b/README.md': 'x' }));
    expect((await destroys())[0]?.status).toBe('superseded');
    expect(await lab.stack('b')).toMatchObject({
      deleted_at: null,
      held: expect.stringContaining('no stack any more'),
    });
  });

  it('vanishes where nothing was ever made; a first apply that broke off has made something', async () => {
    await lab.db.updateTable('stacks').set({ applied_commit: null, applied_run: null, applied_spec: null }).execute();
    await lab.db.updateTable('runs').set({ status: 'failed', end: 'failed_before_change' }).execute();
    await lab.db.updateTable('runs').set({ end: 'partial_saved' }).where('stack', '=', 'c').execute();
    await lab.push(lab.repo.commit(gone('bc')));
    expect((await destroys()).map(({ stack }) => stack)).toEqual(['c']);
    expect((await lab.stack('b')).retired_at).not.toBeNull();
    const said = await lab.db.selectFrom('audit').selectAll().where('action', '=', 'stack.retired').execute();
    expect(said.map(({ stack }) => stack)).toEqual(['b']);
  });

  it('is destroyed as it was at the head before, where only its state tells that it made something', async () => {
    await lab.db.updateTable('stacks').set({ applied_commit: null, applied_run: null, applied_spec: null }).execute();
    await lab.db.updateTable('runs').set({ status: 'failed', end: null }).execute();
    await lab.db
      .insertInto('state_versions')
      .values({
        ...{
          stack: 'd',
          serial: 1,
          lineage: 'l',
          digest: 'd',
          md5: 'm',
          size: 1,
          path: 'p',
          run: null,
          who: 'token:me',
        },
        ...{ terraform_version: null, sequence: 1, created_at: 1, sealed_as: null },
      })
      .execute();
    const before = lab.repo.head();
    await lab.push(lab.repo.commit(gone('d')));
    expect((await destroys()).map(({ stack, commit_sha: commit }) => [stack, commit])).toEqual([['d', before]]);
  });
});

describe('what deletes nothing', () => {
  it('a holdfast.yaml that stops parsing, an emptied branch, an ignored directory', async () => {
    const broken = lab.repo.commit({ 'holdfast.yaml': 'version: 1\nstacks: nonsense\n', ...gone('b') });
    await expect(lab.push(broken)).rejects.toMatchObject({ code: 'invalid' });
    lab.repo.git('rm', '-rq', '.');
    lab.repo.git('commit', '-qm', 'nothing left');
    await expect(lab.push(lab.repo.head())).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('no files at all'),
    });
    expect(await destroys()).toEqual([]);
    expect(await lab.stack('b')).toMatchObject({ deleted_at: null });
    const yaml = 'version: 1\ndiscover: {ignore: ["c/**"]}\n';
    await lab.push(lab.repo.commit({ ...files('abcde'), 'holdfast.yaml': yaml }));
    expect(await destroys()).toEqual([]);
    expect((await lab.stack('c')).held).toContain('ignored');
  });
});

describe('more deletions than limits.deletions', () => {
  it('hold all of them until a person lets them go on', async () => {
    const before = await lab.stack('a');
    await lab.push(lab.repo.commit(gone('abcd')));
    expect(await destroys()).toEqual([]);
    expect((await lab.stack('a')).held).toContain('4 stacks were deleted in one push');
    expect((await lab.repos.find('infra'))?.config_error).toContain('holdfast stacks release');
    expect(lab.notices).toEqual([
      expect.stringMatching(/^4 stacks of repository infra were deleted by .*: a, b, c, d/),
    ]);
    await lab.push(lab.repo.commit(files('d')));
    const released = await lab.deletions.release('token:admin');
    expect(released.map(({ stack }) => stack)).toEqual(['a', 'b', 'c']);
    expect((await destroys()).map(({ stack, status }) => [stack, status])).toEqual([
      ['a', 'queued'],
      ['b', 'queued'],
      ['c', 'queued'],
    ]);
    expect((await destroys())[0]).toMatchObject({ spec_digest: before.applied_spec, message: 'change' });
    expect(await lab.stack('a')).toMatchObject({ held: null, deletion: null });
    expect(await lab.deletions.release('token:admin')).toEqual([]);
    expect(lab.notices).toHaveLength(1);
  });
});
