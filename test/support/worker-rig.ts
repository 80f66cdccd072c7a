import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readOrNull } from '../../src/platform/process/call-directory.ts';
import { livingInSession, readCommandLine } from '../../src/platform/process/proc.ts';
import { type EngineRecord, parsePidLine } from '../../src/platform/process/process-evidence.ts';
import { FakeControlPlane } from './fake-control-plane.ts';
import { until } from './until.ts';
import type { WorkerProcessOptions } from './worker-process.ts';

const WORKER = fileURLToPath(new URL('./worker-process.ts', import.meta.url));

/** A fake control plane, a root, a stub engine, and workers that are real processes. */
export class WorkerRig {
  readonly plane: FakeControlPlane;
  readonly dir: string;
  readonly root: string;
  readonly engine: string;
  readonly workers: ChildProcess[] = [];
  stderr = '';

  private constructor(plane: FakeControlPlane, dir: string) {
    this.plane = plane;
    this.dir = dir;
    this.root = join(dir, 'root');
    this.engine = join(dir, 'terraform');
  }

  /** `plan` is a shell script; `init` only says so. `$DIR` is the rig's directory. */
  static async start(plan: string): Promise<WorkerRig> {
    const dir = await mkdtemp(join(tmpdir(), 'holdfast-worker-'));
    const rig = new WorkerRig(await FakeControlPlane.start(), dir);
    const script = `#!/bin/sh\nDIR=${dir}\nif [ "$1" = init ]; then echo initialised; exit 0; fi\n${plan}\n`;
    await writeFile(rig.engine, script, { mode: 0o755 });
    return rig;
  }

  /** Starts a worker and waits until it is ready. */
  async work(options: Partial<WorkerProcessOptions> = {}): Promise<ChildProcess> {
    const worker = this.spawn(options);
    await new Promise<void>((resolve, reject) => {
      worker.stdout?.once('data', () => resolve());
      worker.once('exit', (code) => reject(new Error(`worker ended with ${code}: ${this.stderr}`)));
    });
    return worker;
  }

  spawn(options: Partial<WorkerProcessOptions> = {}): ChildProcess {
    const told = { server: this.plane.url, root: this.root, engine: this.engine, ...options };
    const worker = spawn(process.execPath, [WORKER, JSON.stringify(told)], { stdio: ['ignore', 'pipe', 'pipe'] });
    worker.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
    this.workers.push(worker);
    return worker;
  }

  call(run: string, attempt: number, label = 'plan'): string {
    return join(this.root, 'runs', `${run}-${attempt}`, label);
  }

  /** Waits for the engine of a plan, or of another call. */
  engineOf(run: string, attempt = 1, label = 'plan'): Promise<EngineRecord> {
    return until(async () => {
      const record = parsePidLine((await readOrNull(join(this.call(run, attempt, label), 'pid'))) ?? '');
      return record === 'never' ? null : record;
    });
  }

  outcomeOf(run: string) {
    return until(() => this.plane.outcomes.find((outcome) => outcome.run === run));
  }

  applyOutcomeOf(run: string) {
    return until(() => this.plane.applyOutcomes.find((outcome) => outcome.run === run), 60_000);
  }

  async touch(name: string): Promise<void> {
    await writeFile(join(this.dir, name), '');
  }

  read(name: string): Promise<string> {
    return readFile(join(this.dir, name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(join(this.dir, name));
  }

  /** Living processes whose command line names this rig. */
  async processes(): Promise<string[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
    const lines = pids.map((pid) => readCommandLine(Number(pid)).replaceAll('\0', ' '));
    return lines.filter((line) => line.includes(this.dir));
  }

  /** Ends the workers and whatever engine is left; the test has looked before. */
  async stop(): Promise<void> {
    for (const worker of this.workers) worker.kill('SIGKILL');
    const names = await readdir(join(this.root, 'runs')).catch(() => []);
    for (const call of names.flatMap((name) => [join(name, 'plan'), join(name, 'apply')])) {
      const line = await readOrNull(join(this.root, 'runs', call, 'pid')).catch(() => null);
      const record = parsePidLine(line ?? '');
      if (!record || record === 'never') continue;
      for (const facts of livingInSession(record.shimPid)) killQuietly(facts.pid);
    }
    await this.plane.stop();
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Resolves with the exit code of a child, or its signal. */
export function endOf(child: ChildProcess): Promise<number | string | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode ?? child.signalCode);
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
}

/** Who ended by himself meanwhile is no matter. */
function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
