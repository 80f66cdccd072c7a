import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../../../src/api/contract.ts';
import { parseExitLine, parsePidLine } from '../../../src/platform/process/process-evidence.ts';
import { until } from '../../support/until.ts';
import type { ChaosInstance } from './chaos-instance.ts';

/** How far an apply is, by the files of its worker and the side log. */
export type ApplyPhase = 'claim' | 'before spawn' | 'start' | 'mid' | 'final save' | 'after the end';

const LOOK_MS = 2;
const PATIENCE_MS = 180_000;

/** Looks at one apply from outside: at the run directories of the worker that planned it. */
export class ApplyWatch {
  readonly #chaos: ChaosInstance;
  readonly #run: Run;
  readonly #things: number;

  /** `things`: how many its plan makes. */
  constructor(chaos: ChaosInstance, run: Run, things: number) {
    this.#chaos = chaos;
    this.#run = run;
    this.#things = things;
  }

  /** Name of its worker. */
  get worker(): string {
    return this.#run.worker ?? '';
  }

  phase(): ApplyPhase {
    const { stack } = this.#run;
    if (this.exitCode() !== null) return 'after the end';
    if (this.#chaos.side.made(stack).length >= this.#things) return 'final save';
    if (this.#chaos.side.begun(stack).length > 0) return 'mid';
    if (this.#process() !== null) return 'start';
    return this.#directory() === null ? 'claim' : 'before spawn';
  }

  async until(isReached: () => boolean): Promise<void> {
    await until(() => isReached() || null, PATIENCE_MS, LOOK_MS);
  }

  /** Whether the worker has made a directory for the apply. */
  hasDirectory(): boolean {
    return this.#directory() !== null;
  }

  /** Whether the engine is meant: its `intent.json` is there. */
  isMeant(): boolean {
    return existsSync(join(this.#call(), 'intent.json'));
  }

  hasStarted(): boolean {
    return this.#process() !== null;
  }

  /** What the shim wrote; null while the engine runs. */
  exitCode(): number | null {
    return parseExitLine(read(join(this.#call(), 'exit')));
  }

  /** The engine's pid; waits until it has one. */
  async enginePid(): Promise<number> {
    return (await until(() => this.#process(), PATIENCE_MS, LOOK_MS)).pid;
  }

  async shimPid(): Promise<number> {
    return (await until(() => this.#process(), PATIENCE_MS, LOOK_MS)).shimPid;
  }

  #process() {
    const record = parsePidLine(read(join(this.#call(), 'pid')));
    return record === null || record === 'never' ? null : record;
  }

  #call(): string {
    return join(this.#directory() ?? '/nonexistent', 'apply');
  }

  /** The newest with a folder for an apply; one that was given back is followed by another. */
  #directory(): string | null {
    const runs = join(this.#chaos.instance.dataDir, `worker-${this.worker}`, 'runs');
    const names = existsSync(runs) ? readdirSync(runs).filter((name) => name.startsWith(`${this.#run.id}-`)) : [];
    const nth = (name: string) => Number(name.slice(this.#run.id.length + 1));
    const name = names.filter((found) => nth(found) > this.#run.attempt).sort((a, b) => nth(b) - nth(a))[0];
    return name === undefined ? null : join(runs, name);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
