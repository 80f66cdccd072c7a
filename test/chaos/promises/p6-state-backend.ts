import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finalVersions } from '../../support/final-versions.ts';
import { serverYaml } from '../../support/instance/instance-config.ts';
import { type Program, startProgram } from '../../support/instance/program.ts';
import { freePort } from '../../support/instance/test-instance.ts';
import { seeded } from '../../support/seeded.ts';
import { StateActor, type StateField } from '../../support/state-actor.ts';
import { findAnomalies } from '../../support/state-history.ts';
import type { ChaosPromise, Schedule, Verdict } from '../harness/chaos-promise.ts';

const STACKS = ['a', 'net/prod', 'c', 'd/e/f', 'g', 'h', 'i', 'j', 'k', 'l'];
const CLIENTS = 16;
const OPERATIONS = 2000;
const OPERATIONS_PER_KILL = 1000;

/** Clients that lock, read, write and unlock states at a real control plane, which is killed in the middle. */
export const stateBackend: ChaosPromise = {
  id: 'P6',
  title: 'The state backend loses no acknowledged write, and refuses every wrong one',
  unit: 'operations',
  defaultCount: 20_000,
  quickCount: 200,
  atOnce: 1,
  patienceMs: 300_000,
  open: async () => ({ run: operate }),
};

async function operate({ dir, seed, left, next, signal }: Schedule): Promise<Verdict> {
  const wanted = Math.min(left, OPERATIONS);
  const server = await RealServer.make(dir);
  const blows = Math.max(1, Math.round(wanted / OPERATIONS_PER_KILL));
  const at = Array.from({ length: blows }, (_, nth) => Math.floor(((nth + next()) * wanted) / blows));
  let [ticks, answers, kills] = [0, 0, 0];
  let restart = Promise.resolve();
  const field: StateField = {
    url: server.url,
    token: server.token(),
    stacks: STACKS,
    events: [],
    wrong: [],
    tick: () => ticks++,
    onAnswer() {
      answers++;
      if (kills >= blows || answers < (at[kills] ?? 0)) return;
      kills++;
      restart = restart.then(() => server.kill()).then(() => server.start());
    },
  };
  const clients = Array.from({ length: CLIENTS }, (_, id) => new StateActor(field, id, seeded(seed + id)));
  const work = async (client: StateActor) => {
    while (answers < wanted && !signal.aborted) await client.visit();
  };
  await Promise.all(clients.map(work));
  await restart;
  await server.kill();
  const wrong = [...field.wrong, ...findAnomalies(field.events, await finalVersions(server.dataDir, STACKS))];
  const measures = { 'writes kept': field.events.filter(({ kind }) => kind === 'write').length, 'server kills': kills };
  if (wrong.length === 0) return { held: true, tries: answers, measures };
  return { held: false, tries: answers, why: wrong[0] ?? '', evidence: wrong.slice(0, 50).join('\n'), measures };
}

/** `holdfast serve` over a folder, made to be killed. */
class RealServer {
  readonly url: string;
  readonly dataDir: string;
  readonly #dir: string;
  #program: Program | null = null;

  private constructor(dir: string, port: number) {
    this.#dir = dir;
    this.dataDir = join(dir, 'data');
    this.url = `http://127.0.0.1:${port}`;
  }

  static async make(dir: string): Promise<RealServer> {
    const port = await freePort();
    mkdirSync(join(dir, 'home'));
    const config = { repositories: [], retention: { states: 1_000_000 } };
    writeFileSync(join(dir, 'server.yaml'), serverYaml(config, port), { mode: 0o600 });
    const server = new RealServer(dir, port);
    await server.start();
    return server;
  }

  token(): string {
    return readFileSync(join(this.dataDir, 'admin.token'), 'utf8').trim();
  }

  async start(): Promise<void> {
    const env = { PATH: process.env.PATH ?? '', HOME: join(this.#dir, 'home'), HOLDFAST_LOG_LEVEL: 'error' };
    this.#program = startProgram(['serve', '--json'], { cwd: this.#dir, env });
    await this.#program.ready();
  }

  async kill(): Promise<void> {
    this.#program?.signal('SIGKILL');
    await this.#program?.ended;
  }
}
