import { mkdirSync, symlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/kernel/clock.ts';
import { createCallDirectory, observe } from '../../src/platform/process/call-directory.ts';
import { waitForEnd } from '../../src/platform/process/engine-end.ts';
import { EngineStarters } from '../../src/platform/process/engine-starter.ts';
import { readProcess } from '../../src/platform/process/proc.ts';
import { type EngineRecord, judge } from '../../src/platform/process/process-evidence.ts';
import { until } from './until.ts';

/** Engines that are shell texts, run through starters of a shell; everything in a directory of its own. */
export class StarterRig {
  readonly dir: string;
  readonly starters: EngineStarters;
  #calls = 0;

  private constructor(dir: string, starters: EngineStarters) {
    this.dir = dir;
    this.starters = starters;
  }

  /** By the name `sh` every shell is one. */
  static async open(shell = '/bin/sh'): Promise<StarterRig> {
    const dir = await mkdtemp(join(tmpdir(), 'holdfast-starter-'));
    mkdirSync(join(dir, 'bin'));
    symlinkSync(shell, join(dir, 'bin', 'sh'));
    return new StarterRig(dir, new EngineStarters({ root: dir, keep: 1, shell: join(dir, 'bin', 'sh') }));
  }

  async close(): Promise<void> {
    await this.starters.close();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** A call's directory with its intent. */
  async call(script: string, env: Record<string, string> = {}, args: readonly string[] = []) {
    const path = join(this.dir, `call-${this.#calls++}`);
    const command = { binary: '/bin/sh', args: ['-c', script, 'engine', ...args], cwd: this.dir, env };
    await createCallDirectory(path, { run: 'r', attempt: 1, label: 'plan', ...command, at: 0 }, false);
    return { path, command };
  }

  async begin(script: string, env?: Record<string, string>, args?: readonly string[]) {
    const { path, command } = await this.call(script, env, args);
    return { path, ...this.starters.start(path, command) };
  }

  /** Begins it and waits for its end. */
  async run(script: string, env?: Record<string, string>, args?: readonly string[]) {
    const engine = await this.begin(script, env, args);
    const verdict = await waitForEnd(engine.path, systemClock, engine.ended);
    engine.release(false);
    const shimPid = 'record' in verdict ? verdict.record.shimPid : 0;
    return { path: engine.path, verdict, shimPid, out: await readFile(join(engine.path, 'out')) };
  }
}

/** Waits until the engine of a call runs. */
export function runningEngine(path: string): Promise<EngineRecord> {
  return until(async () => {
    const verdict = judge(await observe(path));
    return verdict.kind === 'running' ? verdict.record : null;
  });
}

/** Waits until a process is gone, or a zombie. */
export function untilGone(pid: number): Promise<boolean> {
  return until(() => ['Z', undefined].includes(readProcess(pid)?.state) || null);
}
