import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { finalVersions } from '../support/final-versions.ts';
import { seeded } from '../support/seeded.ts';
import { StateActor, type StateField } from '../support/state-actor.ts';
import { findAnomalies } from '../support/state-history.ts';
import { StateProcess } from '../support/state-process.ts';

const OPERATIONS = Number(process.env.STATE_OPERATIONS ?? 600);
const CLIENTS = Number(process.env.STATE_CLIENTS ?? 8);
const KILLS = Number(process.env.STATE_KILLS ?? 3);
const SEED = Number(process.env.STATE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const STACKS = ['a', 'net/prod', 'c'];

test(`${OPERATIONS} operations of ${CLIENTS} clients over ${KILLS} kill -9 of the server agree with the model`, {
  timeout: 60_000 + OPERATIONS * 50,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hf-operations-'));
  const server = new StateProcess(dir);
  await server.start();
  let ticks = 0;
  let answers = 0;
  let kills = 0;
  let restart = Promise.resolve();
  const field: StateField = {
    url: server.url,
    stacks: STACKS,
    events: [],
    wrong: [],
    tick: () => ticks++,
    onAnswer() {
      answers++;
      if (kills >= KILLS || answers < ((kills + 1) * OPERATIONS) / (KILLS + 1)) return;
      kills++;
      restart = restart.then(() => server.kill()).then(() => server.start());
    },
  };
  const actors = Array.from({ length: CLIENTS }, (_, id) => new StateActor(field, id, seeded(SEED + id)));
  const work = async (actor: StateActor) => {
    while (answers < OPERATIONS) await actor.visit();
  };
  await Promise.all(actors.map(work));
  await restart;
  await server.kill();

  const finals = await finalVersions(dir, STACKS);
  const writes = field.events.filter((event) => event.kind === 'write').length;
  console.log(`seed ${SEED}: ${answers} answers, ${writes} writes kept, ${kills} kills`);
  expect(field.wrong, `seed ${SEED}`).toEqual([]);
  expect(findAnomalies(field.events, finals), `seed ${SEED}`).toEqual([]);
  expect(kills).toBe(KILLS);
  expect(writes).toBeGreaterThan(OPERATIONS / 20);
  rmSync(dir, { recursive: true, force: true });
});
