import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Run, RunList, type RunListItem, StackList } from '../../../src/api/contract.ts';
import { until } from '../until.ts';
import { type InstanceConfig, serverYaml } from './instance-config.ts';
import { type LivingProcess, livingProcesses } from './living-processes.ts';
import { type Program, type ProgramOptions, runProgram, startProgram } from './program.ts';

/** Statuses in which a plan has come to rest. */
export const AT_REST = ['unchanged', 'planned', 'awaiting_approval', 'failed', 'superseded', 'discarded', 'canceled'];

const LONG = 120_000;
/** Often enough, and not so often that looking is what the machine does. */
const LOOK_MS = 100;

/** A folder with a server.yaml, and what is started over it: real processes at a port that stays the same. */
export class TestInstance {
  readonly dir: string;
  readonly dataDir: string;
  readonly address: string;
  readonly #port: number;
  /** In the order in which they were started. */
  readonly programs: Program[] = [];
  /** PATH of everything that is started. */
  path = process.env.PATH ?? '';
  /** How long a part may take to be up (ms). */
  readyMs = 150_000;
  /** Beyond PATH and HOME. */
  env: Record<string, string> = {};

  private constructor(dir: string, port: number) {
    this.dir = dir;
    this.dataDir = join(dir, 'data');
    this.address = `http://127.0.0.1:${port}`;
    this.#port = port;
  }

  /** An empty folder below `parent` and a free port; starts nothing. */
  static async make(parent = tmpdir()): Promise<TestInstance> {
    const dir = mkdtempSync(join(parent, 'hf-e2e-'));
    mkdirSync(join(dir, 'home'));
    return new TestInstance(dir, await freePort());
  }

  configure(config: InstanceConfig): void {
    writeFileSync(join(this.dir, 'server.yaml'), serverYaml(config, this.#port), { mode: 0o600 });
  }

  /** Starts a part of the program without waiting for it. */
  spawn(...args: string[]): Program {
    const program = startProgram(args, this.#options());
    this.programs.push(program);
    return program;
  }

  /** Starts a part of the program and waits until it is up. */
  async start(...args: string[]): Promise<Program> {
    const program = this.spawn(...args, '--json');
    await program.ready(this.readyMs);
    return program;
  }

  /** Starts a worker beside `serve`, as on the same machine: it finds address and secret in data_dir. */
  startWorker(name: string, concurrency = 2): Promise<Program> {
    const file = join(this.dir, `${name}.yaml`);
    const config = { version: 1, data_dir: './data', worker: { name }, workers: { concurrency } };
    writeFileSync(file, JSON.stringify(config));
    return this.start('worker', '--config', file);
  }

  /** Runs a command of the program to its end. */
  cli(...args: string[]) {
    return runProgram(args, this.#options());
  }

  /** Asks the API with the admin's token. */
  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const token = readFileSync(join(this.dataDir, 'admin.token'), 'utf8').trim();
    return fetch(`${this.address}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
  }

  /** All runs, newest first; null while the instance is away. */
  async runsOrNull(): Promise<RunListItem[] | null> {
    try {
      const answer = await this.ask('/api/v1/runs?limit=500');
      return answer.ok ? RunList.parse(await answer.json()).runs : null;
    } catch {
      return null;
    }
  }

  runs(): Promise<RunListItem[]> {
    return until(() => this.runsOrNull(), LONG);
  }

  async run(id: string): Promise<Run> {
    return Run.parse(await (await this.ask(`/api/v1/runs/${id}`)).json());
  }

  async stacks() {
    return StackList.parse(await (await this.ask('/api/v1/stacks?limit=500')).json()).stacks;
  }

  /** Waits until so many runs of these commits are at rest; answers them, oldest first. */
  async settled(commit: string, count: number, timeoutMs = LONG): Promise<RunListItem[]> {
    const look = async () => {
      const runs = (await this.runsOrNull())?.filter((run) => run.commit === commit) ?? [];
      return runs.length >= count && runs.every(({ status }) => AT_REST.includes(status)) ? runs.toReversed() : null;
    };
    return until(look, timeoutMs, LOOK_MS).catch(async (error) => {
      const runs = (await this.runsOrNull())?.map(({ stack, status, commit: of }) => `${stack} ${status} ${of}`);
      throw new Error(`${error.message}\n${runs?.join('\n')}\n${this.log().slice(-6000)}`);
    });
  }

  /** Everything that its programs said. */
  log(): string {
    return this.programs.map((program) => program.stdout() + program.stderr()).join('\n');
  }

  /** Living processes that belong to this folder. */
  processes(): LivingProcess[] {
    return livingProcesses(this.dir);
  }

  /** Ends every program as a person would; answers what is left a moment later. */
  async stop(): Promise<LivingProcess[]> {
    for (const program of this.programs) program.signal('SIGTERM');
    await Promise.all(this.programs.map((program) => program.ended));
    const isEmpty = () => this.processes().length === 0 || null;
    await until(isEmpty, 15_000).catch(() => {});
    return this.processes();
  }

  /** Whatever happened: nothing of this folder runs on, and it is gone. */
  async remove(): Promise<void> {
    for (const program of this.programs) program.signal('SIGKILL');
    await Promise.all(this.programs.map((program) => program.ended));
    for (const { pid } of this.processes()) kill(pid);
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  #options(): ProgramOptions {
    return { cwd: this.dir, env: { PATH: this.path, HOME: join(this.dir, 'home'), ...this.env } };
  }
}

/** SIGKILL; somebody who has gone by himself is fine. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone.
  }
}

/** A port of loopback that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
