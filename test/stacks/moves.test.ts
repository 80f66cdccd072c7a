import { afterEach, beforeEach, expect, it } from 'vitest';
import { StackMover } from '../../src/features/stacks/index.ts';
import { RENAMED_TABLES } from '../../src/features/stacks/sql-stack-names.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { makeChangeLab } from '../support/change-lab.ts';

let lab: Awaited<ReturnType<typeof makeChangeLab>>;
beforeEach(async () => {
  lab = await makeChangeLab();
});
afterEach(() => lab.close());

const PLAIN = 'resource "terraform_data" "a" {}\n';
const mover = () => new StackMover({ db: lab.db, clock: systemClock, nameFault: () => null });

async function applied(stack: string): Promise<void> {
  const end = { status: 'applied', end: 'applied', finished_at: 1 } as const;
  await lab.db.updateTable('runs').set(end).where('stack', '=', stack).execute();
  await lab.db.updateTable('stacks').set({ applied_commit: 'x' }).where('name', '=', stack).execute();
}

const version = (stack: string, sequence: number) =>
  lab.db
    .insertInto('state_versions')
    .values({
      ...{ stack, serial: sequence, lineage: 'l', digest: 'd', md5: 'm', size: 1, path: `${stack}${sequence}` },
      ...{ run: null, who: 'token:me', terraform_version: null, sequence, created_at: 1, sealed_as: null },
    })
    .execute();

it('lets a directory that lost its name go on under the new one, with history and state', async () => {
  const yaml = (name: string) => ({ 'holdfast.yaml': `version: 1\nstacks:\n  - {dir: a${name}}\n` });
  await lab.push(lab.repo.commit({ 'a/main.tf': PLAIN, ...yaml(', name: net') }));
  await applied('net');
  await version('net', 1);
  await lab.push(lab.repo.commit(yaml('')));
  expect((await lab.stack('a')).held).toContain('`holdfast stacks mv net a`');
  expect(await mover().move('net', 'a', 'token:ana')).toEqual({ isAtHead: true });
  expect(await lab.stack('a')).toMatchObject({ held: null, applied_commit: 'x', dir: 'a' });
  const runs = await lab.db.selectFrom('runs').select(['stack', 'status']).execute();
  expect(runs).toEqual([{ stack: 'a', status: 'applied' }]);
  const states = await lab.db.selectFrom('state_versions').select(['stack', 'sequence', 'sealed_as']).execute();
  expect(states).toEqual([{ stack: 'a', sequence: 1, sealed_as: 'net' }]);
  const audit = await lab.db.selectFrom('audit').selectAll().where('action', '=', 'stack.moved').executeTakeFirst();
  expect([audit?.actor, audit?.subject, audit?.facts]).toEqual(['token:ana', 'a', '{"from":"net","to":"a"}']);
  // And the head is content with it.
  expect(await lab.push(lab.repo.commit({ 'a/main.tf': `${PLAIN}#\n` }))).toEqual(['a']);
  expect(await lab.db.selectFrom('stacks').select('name').execute()).toEqual([{ name: 'a' }]);
});

it('holds a stack whose new name no head has yet, until it does', async () => {
  await lab.push(lab.repo.commit({ 'a/main.tf': PLAIN }));
  await applied('a');
  expect(await mover().move('a', 'net', 'token:ana')).toEqual({ isAtHead: false });
  expect((await lab.stack('net')).held).toContain('set `name: net` for a in holdfast.yaml');
  const yaml = 'version: 1\nstacks:\n  - {dir: a, name: net}\n';
  expect(await lab.push(lab.repo.commit({ 'holdfast.yaml': yaml }))).toEqual(['net']);
  expect(await lab.stack('net')).toMatchObject({ held: null, applied_commit: 'x' });
});

it('keeps the states of who had the name before as the older ones', async () => {
  await lab.push(lab.repo.commit({ 'a/main.tf': PLAIN, 'b/main.tf': `${PLAIN}#b\n` }));
  for (const stack of ['a', 'b']) await applied(stack);
  await version('a', 1);
  await version('b', 1);
  await version('b', 2);
  await lab.db.updateTable('stacks').set({ retired_at: 1, deleted_at: 1 }).where('name', '=', 'b').execute();
  await mover().move('a', 'b', 'token:ana');
  const states = await lab.db.selectFrom('state_versions').select(['path', 'sequence']).orderBy('sequence').execute();
  expect(states.map(({ path }) => path)).toEqual(['b1', 'b2', 'a1']);
});

it('refuses while a run is open, and leaves everything as it was', async () => {
  await lab.push(lab.repo.commit({ 'a/main.tf': PLAIN }));
  await expect(mover().move('a', 'b', 'token:ana')).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/^stack a is not moved: run \w+ of stack a is open$/),
  });
  expect(await lab.stack('a')).toMatchObject({ held: null });
});

/** Tables that name a stack and keep the name that was true then, or are moved in a way of their own. */
const OTHERWISE = ['audit', 'notifications', 'state_versions'];

it('knows every table that names stacks', async () => {
  const tables = await lab.db.introspection.getTables();
  const naming = tables.filter(({ columns }) => columns.some(({ name }) => name === 'stack')).map(({ name }) => name);
  expect(naming.filter((name) => !OTHERWISE.includes(name)).sort()).toEqual([...RENAMED_TABLES].sort());
});
