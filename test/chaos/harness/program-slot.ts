import type { Program } from '../../support/instance/program.ts';

/** A part of an instance that is ended and comes back; blows at it come one after the other. */
export class ProgramSlot {
  readonly #begin: () => Promise<Program>;
  #program: Program | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  /** When its programs were begun and up, in order (ms since the epoch). */
  readonly lives: { readonly begunAt: number; readonly readyAt: number }[] = [];

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
    this.lives.push({ begunAt, readyAt: Date.now() });
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
