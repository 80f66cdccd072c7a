import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MOVING } from '../../src/kernel/run-status.ts';
import { type Database, openDatabase } from '../../src/platform/db/open-database.ts';
import { claimParts, claimRequest } from '../support/execution-fixtures.ts';
import type { RaceOrder } from '../support/race-actor.ts';
import { affectedStack, headOf, runParts, saveStack } from '../support/run-fixtures.ts';

const ROUNDS = 200;
const ACTOR = new URL('../support/race-actor.ts', import.meta.url).pathname;
let dir: string;
let db: Database;
let actors: ChildProcess[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hf-race-'));
  const file = join(dir, 'race.db');
  db = await openDatabase({ file, exclusive: false });
  actors = [fork(ACTOR, [file]), fork(ACTOR, [file])];
  await Promise.all(actors.map((actor) => answer(actor)));
}, 60_000);

afterAll(async () => {
  for (const actor of actors) actor.kill();
  await db.destroy();
  rmSync(dir, { recursive: true, force: true });
});

/** The next message of a child; rejects where it dies instead. */
function answer(actor: ChildProcess): Promise<{ result: string }> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null) => reject(new Error(`an actor died with ${code}`));
    actor.once('exit', died);
    actor.once('message', (message) => {
      actor.off('exit', died);
      resolve(message as { result: string });
    });
  });
}

/** A fresh stack with one queued run; everything else of the table is at rest. */
async function queuedRun(stack: string): Promise<string> {
  await db.deleteFrom('runs').execute();
  return queueRun(stack);
}

async function queueRun(stack: string): Promise<string> {
  await saveStack(db, stack, 'first');
  const { planner } = runParts(db);
  const head = headOf('a'.repeat(40), [affectedStack(stack, 'first')]);
  const { created } = await db.transaction().execute((tx) => planner.planHead(tx, head));
  return created[0] as string;
}

/** A run of another stack that is under way, where its outcome is to ask for the next one. */
async function heldRun(action: RaceOrder['action'], stack: string): Promise<Pick<RaceOrder, 'held'>> {
  if (action !== 'next') return {};
  await queueRun(stack);
  const held = await claimParts(db, runParts(db)).claims.claim(claimRequest(randomUUID(), 'parent'));
  return { held: { run: held?.run ?? '', attempt: held?.attempt ?? 0 } };
}

async function race(stack: string, actions: [RaceOrder['action'], RaceOrder['action']], round: number) {
  await db.deleteFrom('runs').execute();
  const held = [await heldRun(actions[0], 'y'), await heldRun(actions[1], 'z')];
  const run = await queueRun(stack);
  const answers = actors.map((actor) => answer(actor));
  for (const [i, actor] of actors.entries()) {
    actor.send({ action: actions[i], stack, run, round, ...held[i] } as RaceOrder);
  }
  const results = (await Promise.all(answers)).map((reply) => reply.result);
  const rows = await db.selectFrom('runs').selectAll().where('stack', '=', stack).execute();
  const passages = await db.selectFrom('audit').select('action').where('subject', '=', run).orderBy('id').execute();
  const moving = rows.filter((row) => (MOVING as readonly string[]).includes(row.status));
  expect(moving.length).toBeLessThanOrEqual(1);
  return { run, results, row: rows.find((row) => row.id === run), rows, passages: passages.map((p) => p.action) };
}

test(`claim against claim, ${ROUNDS} times: exactly one worker gets the run`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { run, results, row, passages } = await race('a', ['claim', 'claim'], round);
    expect(results.toSorted()).toEqual([run, 'nothing'].toSorted());
    expect(row).toMatchObject({ status: 'preparing', attempt: 1 });
    expect(passages).toEqual(['run.queued', 'run.preparing']);
  }
}, 120_000);

test.each([['next', 'claim'] as const, ['next', 'next'] as const])(
  `the claim of an outcome against that of another (%s, %s), ${ROUNDS} times: exactly one worker gets the run`,
  async (...actions) => {
    for (let round = 0; round < ROUNDS; round++) {
      const { run, results, row, passages } = await race('i', [...actions], round);
      expect(results.toSorted()).toEqual([run, 'nothing'].toSorted());
      expect(row).toMatchObject({ status: 'preparing', attempt: 1 });
      expect(passages).toEqual(['run.queued', 'run.preparing']);
    }
  },
  120_000,
);

test(`the claim of an outcome against supersede, ${ROUNDS} times: superseded or claimed, never both`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { row, rows, results, passages } = await race('j', ['next', 'supersede'], round);
    expect(passages).toHaveLength(2);
    const newer = rows.find((other) => other.id !== row?.id);
    if (row?.status === 'preparing') expect([newer?.status, ...results]).toEqual(['queued', row.id, 'none']);
    else expect([row?.status, results[1]]).toEqual(['superseded', row?.id]);
  }
}, 120_000);

test(`the claim of an outcome against cancel, ${ROUNDS} times: canceled, or claimed with the wish noted`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { row, results } = await race('k', ['next', 'cancel'], round);
    if (row?.status === 'canceled') expect(results).toEqual(['nothing', 'canceled']);
    else expect([row?.status, row?.cancel_by, results[0]]).toEqual(['preparing', 'token:test', row?.id]);
  }
}, 120_000);

test(`claim against supersede, ${ROUNDS} times: superseded or claimed, never both, and the newer one is queued or claimed`, async () => {
  const seen = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    const { row, rows, results, passages } = await race('b', ['claim', 'supersede'], round);
    seen.add(row?.status ?? '');
    expect(['preparing', 'superseded']).toContain(row?.status);
    expect(passages).toHaveLength(2);
    expect(rows).toHaveLength(2);
    const newer = rows.find((other) => other.id !== row?.id);
    if (row?.status === 'preparing') expect([newer?.status, results[1]]).toEqual(['queued', 'none']);
    else expect(['queued', 'preparing']).toContain(newer?.status);
  }
  expect(seen.size).toBeGreaterThan(0);
}, 120_000);

test(`claim against cancel, ${ROUNDS} times: canceled, or claimed with the wish noted`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { row, results } = await race('c', ['claim', 'cancel'], round);
    if (row?.status === 'canceled') expect(results).toEqual(['nothing', 'canceled']);
    else expect([row?.status, row?.cancel_by]).toEqual(['preparing', 'token:test']);
  }
}, 120_000);

test(`supersede against cancel, ${ROUNDS} times: the first to commit wins, the other sees why`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { row, results, passages } = await race('d', ['supersede', 'cancel'], round);
    expect(passages).toHaveLength(2);
    if (row?.status === 'superseded')
      expect(results[1]).toMatch(/refused: run .* is superseded \(system, run.superseded\)/);
    else expect([row?.status, results]).toEqual(['canceled', ['none', 'canceled']]);
  }
}, 120_000);

test(`supersede against supersede, ${ROUNDS} times: one queued run stays`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { row, rows } = await race('e', ['supersede', 'supersede'], round);
    expect(row?.status).toBe('superseded');
    expect(rows.filter((other) => other.status === 'queued')).toHaveLength(1);
  }
}, 120_000);

test(`cancel against cancel, ${ROUNDS} times: canceled once`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { row, passages, results } = await race('f', ['cancel', 'cancel'], round);
    expect(row?.status).toBe('canceled');
    expect(passages).toEqual(['run.queued', 'run.canceled']);
    expect(results.filter((result) => result === 'canceled').length).toBeGreaterThanOrEqual(1);
  }
}, 120_000);

/** A stack that was applied, and whose directory is gone: its destroy is held back. */
async function deletedStack(stack: string): Promise<void> {
  await queuedRun(stack);
  const { store } = runParts(db);
  const { spec, inputsDigest } = affectedStack(stack, 'first');
  const fallback = { commit: 'a'.repeat(40), spec, inputsDigest };
  const deletion = {
    since: 1,
    repository: 'infra',
    author: 'Ana',
    message: 'gone',
    stack: { name: stack, reasons: [], fallback },
  };
  await db.deleteFrom('runs').execute();
  await db.transaction().execute((tx) => store.saveSpec(tx, spec, 1));
  await db
    .updateTable('stacks')
    .set({ deleted_at: 1, retired_at: null, held: 'many', deletion: JSON.stringify(deletion) })
    .where('name', '=', stack)
    .execute();
}

async function together(stack: string, actions: [RaceOrder['action'], RaceOrder['action']], round: number) {
  const answers = actors.map((actor) => answer(actor));
  for (const [i, actor] of actors.entries()) actor.send({ action: actions[i], stack, run: '', round } as RaceOrder);
  return (await Promise.all(answers)).map((reply) => reply.result);
}

test('release against release, 50 times: one destroy is queued', async () => {
  for (let round = 0; round < 50; round++) {
    await deletedStack('g');
    const results = await together('g', ['release', 'release'], round);
    const rows = await db.selectFrom('runs').selectAll().where('stack', '=', 'g').execute();
    expect(rows.map(({ kind, status }) => [kind, status])).toEqual([['destroy', 'queued']]);
    expect(results.filter((result) => result === rows[0]?.id)).toHaveLength(1);
  }
}, 120_000);

test('move against move, 50 times: the stack has one name, and its state goes with it', async () => {
  for (let round = 0; round < 50; round++) {
    const stack = `h${round}`;
    await saveStack(db, stack, 'first');
    const results = await together(stack, ['move', 'move'], round);
    expect(results.filter((result) => result === 'moved')).toHaveLength(1);
    expect(results.find((result) => result !== 'moved')).toContain(`there is no stack "${stack}"`);
    const rows = await db.selectFrom('stacks').select('name').where('name', 'like', `${stack}%`).execute();
    expect(rows).toHaveLength(1);
  }
}, 120_000);
