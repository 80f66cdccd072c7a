import { readFileSync } from 'node:fs';
import type { Program } from '../../support/instance/program.ts';

/** One life of a program; times in ms since the epoch. */
export interface ProgramLife {
  readonly begunAt: number;
  readonly readyAt: number;
  /** How long of the time until it was up it could have run, and had no processor (ms): what a busy machine adds. */
  readonly starvedMs: number;
}

/** A part of an instance that is ended and comes back; blows at it come one after the other. */
export class ProgramSlot {
  readonly #begin: () => Promise<Program>;
  #program: Program | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  readonly lives: ProgramLife[] = [];

  constructor(begin: () => Promise<Program>) {
    this.#begin = begin;
  }

  get pid(): number {
    return this.#program?.pid ?? 0;
  }

  /** Starts it; resolves when it is up. */
  start(): Promise<void> {
    return this.#inTurn(() => this.#start());
  }

  /** Sends it a signal, waits for its end (`struck`) and, `awayMs` later, starts it again (`over`: it is up). */
  blow(signal: 'SIGKILL' | 'SIGTERM', awayMs = 0): { struck: Promise<void>; over: Promise<void> } {
    const struck = this.#inTurn(() => this.#end(signal));
    const over = this.#inTurn(async () => {
      await new Promise((resolve) => setTimeout(resolve, awayMs));
      await this.#start();
    });
    return { struck, over };
  }

  /** Ends it for now. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    return this.#inTurn(() => this.#end(signal));
  }

  /** SIGSTOP or SIGCONT. */
  pause(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#program?.signal(signal);
  }

  async #start(): Promise<void> {
    const begunAt = Date.now();
    this.#program = await this.#begin();
    this.lives.push({ begunAt, readyAt: Date.now(), starvedMs: starvedMs(this.#program.pid) });
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#program?.signal(signal);
    await this.#program?.ended;
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(act);
    this.#queue = done.catch(() => {});
    return done;
  }
}

/** From the scheduler's own account of the main thread; 0 where there is none. */
function starvedMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}
