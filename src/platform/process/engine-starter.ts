import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { spawnEngine } from './spawn-engine.ts';
import { type EngineCommand, engineScript } from './starter-script.ts';

/** An engine that was started, and the shim's place, which has to be given back. */
export interface StartedEngine {
  /** Resolves when the shim says that it has ended, or has died; rejects where it could not be started. */
  readonly ended: Promise<void>;
  /** Whether its starter died: it may never have read what it had to start. */
  hasLostStarter(): boolean;
  /** Its session is done with. Where something may be left in it (`isSpent`), no other engine will run there. */
  release(isSpent: boolean): void;
}

export interface StarterOptions {
  /** Named in the arguments of the shims, so that one can see whose they are. */
  readonly root: string;
  /** How many wait for another engine. */
  readonly keep: number;
  /** `/bin/sh` unless a test has another. */
  readonly shell?: string;
}

/** Losses in a row after which this host's shell is left alone. */
const MAX_LOSSES = 3;
const CLOSE_MS = 1000;

/**
 * Starts engines at next to no cost for this process: by shims that stay (`starter.sh`), each in a session of its own, with
 * one engine at a time. What a shell might not hand on byte for byte is started by `spawnEngine`. Shims end with this
 * process, those with an engine when that has ended.
 */
export class EngineStarters {
  readonly #options: StarterOptions;
  readonly #idle: Starter[] = [];
  #losses = 0;
  #isClosed = false;

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  /** As `spawnEngine` does; never throws. */
  start(dir: string, command: EngineCommand): StartedEngine {
    const script = this.#isClosed || this.#losses >= MAX_LOSSES ? null : engineScript(dir, command);
    const starter = script === null ? null : this.#idleOne();
    if (script === null || starter === null) {
      return { ended: spawnEngine(dir, command), hasLostStarter: () => false, release() {} };
    }
    const ended = starter.run(script).then(() => {
      this.#losses = starter.hasDied ? this.#losses + 1 : 0;
    });
    return {
      ended,
      hasLostStarter: () => starter.hasDied,
      // Its end may have been seen in the files first: the shim's word is on its way then.
      release: (isSpent) => (isSpent ? starter.retire() : void ended.then(() => this.#keep(starter))),
    };
  }

  /** Idle shims end now, which is waited for a second at most, the others with their engines. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const idle = this.#idle.splice(0);
    for (const starter of idle) starter.retire();
    let enough: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      enough = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([Promise.all(idle.map((starter) => starter.gone)), late]);
    clearTimeout(enough);
  }

  /** null where this process may have no more descriptors: whoever starts directly says so better. */
  #idleOne(): Starter | null {
    let starter = this.#idle.pop();
    while (starter?.hasDied) starter = this.#idle.pop();
    try {
      return starter ?? new Starter(this.#options);
    } catch {
      return null;
    }
  }

  #keep(starter: Starter): void {
    if (this.#isClosed || this.#idle.length >= this.#options.keep) starter.retire();
    else if (!starter.hasDied) this.#idle.push(starter);
  }
}

let prelude: string | null = null;

class Starter {
  readonly #child: ChildProcess;
  /** Resolves with its end. */
  readonly gone: Promise<void>;
  hasDied = false;
  #over: (() => void) | null = null;

  constructor({ root, shell = '/bin/sh' }: StarterOptions) {
    prelude ??= readFileSync(new URL('./starter.sh', import.meta.url), 'utf8');
    const child = spawn(shell, ['-s', 'holdfast-starter', root], {
      cwd: '/',
      env: {},
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    this.#child = child;
    const die = () => this.#die();
    this.gone = new Promise((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
    child.once('exit', die).once('error', die);
    child.stdin.on('error', die);
    // One line, when the engine has ended and `exit` is written.
    child.stdout.on('data', () => this.#ring());
    child.stdin.write(prelude);
    // This process waits for engines, not for shims that wait for it.
    child.unref();
    for (const stream of [child.stdin, child.stdout]) (stream as Socket).unref();
  }

  /** Resolves when the engine is over, or this shim. */
  run(script: string): Promise<void> {
    if (this.hasDied) return Promise.resolve();
    this.#child.stdin?.write(script);
    return new Promise((resolve) => {
      this.#over = resolve;
    });
  }

  /** Reads no more: it ends now, or after its engine. */
  retire(): void {
    this.#child.stdin?.end();
  }

  #die(): void {
    this.hasDied = true;
    this.#child.stdin?.destroy();
    this.#child.stdout?.destroy();
    this.#ring();
  }

  #ring(): void {
    const over = this.#over;
    this.#over = null;
    over?.();
  }
}
