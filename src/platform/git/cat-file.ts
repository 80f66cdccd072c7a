import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { openTool, type PipedTool } from '../process/spawn-tool.ts';
import { type CatFileAnswer, CatFileParser } from './cat-file-parser.ts';
import { gitArgv } from './git-argv.ts';
import { buildGitEnv, type GitTool } from './git-env.ts';
import { classifyGitFailure, scrubGitText } from './git-failure.ts';
import { allIdle, IDLE_MS, type IdleProcesses } from './idle-processes.ts';

export interface CatFileOptions {
  readonly tool: GitTool;
  readonly dir: string;
  readonly mode: 'batch' | 'batch-check';
  readonly clock: Clock;
  /** The process ends after so long without a question (default 10 s), or sooner where too many wait (`idle`). */
  readonly idleMs?: number;
  /** Default: shared by all repositories. */
  readonly idle?: IdleProcesses;
}

interface Question {
  readonly name: string;
  resolve(answer: CatFileAnswer): void;
  reject(error: Error): void;
}

/** At most so many questions are with the process at once; the rest wait here. */
const IN_FLIGHT = 256;
const QUEUE_LIMIT = 1_000_000;

/**
 * One long-lived `git cat-file` (0.05 ms a question instead of 3 ms for a process). Started by the first question, ended
 * after a while without one and by the end of its stdin, so it never outlives its parent.
 */
export class CatFile {
  readonly #options: CatFileOptions;
  #process: PipedTool | null = null;
  #waiting: Question[] = [];
  #asked: Question[] = [];
  #cancelIdle: () => void = () => {};
  readonly #idle: IdleProcesses;
  readonly #endIdle = () => this.#retire();
  #isClosed = false;

  constructor(options: CatFileOptions) {
    this.#options = options;
    this.#idle = options.idle ?? allIdle;
  }

  /** Looks up one object by id or revision (one line of text). Rejects with `busy` when too many wait. */
  ask(name: string): Promise<CatFileAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new HoldfastError('internal', 'the repository is closed'));
      if (this.#waiting.length >= QUEUE_LIMIT)
        return reject(new HoldfastError('busy', 'too many git objects asked for'));
      this.#waiting.push({ name, resolve, reject });
      this.#feed();
    });
  }

  /** Ends the process; open questions are rejected. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const process = this.#process;
    this.#end(new HoldfastError('internal', 'the repository is closed'));
    await process?.ended;
  }

  #feed(): void {
    this.#cancelIdle();
    this.#idle.remove(this.#endIdle);
    if (this.#waiting.length > 0 && !this.#process) this.#start();
    const batch = this.#waiting.splice(0, Math.max(0, IN_FLIGHT - this.#asked.length));
    if (batch.length > 0) {
      this.#asked.push(...batch);
      this.#process?.stdin.write(batch.map((question) => `${question.name}\n`).join(''));
    }
    if (this.#asked.length > 0 || this.#process === null) return;
    this.#cancelIdle = this.#options.clock.after(this.#options.idleMs ?? IDLE_MS, this.#endIdle);
    this.#idle.add(this.#endIdle);
  }

  #start(): void {
    const { tool, dir, mode } = this.#options;
    const process = openTool({
      file: tool.binary,
      args: gitArgv.catFile(mode),
      cwd: dir,
      env: buildGitEnv(tool, { remote: null }),
    });
    this.#process = process;
    const parser = new CatFileParser(mode === 'batch', (answer) => this.#answered(answer));
    process.stdout.on('data', (chunk: Buffer) => {
      if (this.#process !== process) return;
      try {
        parser.push(chunk);
      } catch (error) {
        this.#end(new HoldfastError('internal', `git in ${dir} gave no usable answer`, { cause: error }));
      }
    });
    void process.ended.then(({ stderr }) => {
      if (this.#process === process) this.#end(this.#deathOf(stderr));
    });
  }

  #answered(answer: CatFileAnswer): void {
    this.#asked.shift()?.resolve(answer);
    // Refilled in halves, so that one write carries many questions.
    if (this.#asked.length === 0 || (this.#waiting.length > 0 && this.#asked.length <= IN_FLIGHT / 2)) this.#feed();
  }

  #retire(): void {
    this.#cancelIdle();
    this.#idle.remove(this.#endIdle);
    const process = this.#process;
    this.#process = null;
    process?.stdin.end();
  }

  #end(error: Error): void {
    this.#retire();
    const open = [...this.#asked.splice(0), ...this.#waiting.splice(0)];
    for (const question of open) question.reject(error);
  }

  #deathOf(stderr: string): HoldfastError {
    const { dir } = this.#options;
    if (classifyGitFailure(stderr) === 'not_found') {
      const treatment = { kind: 'human', wayOut: 'name the folder of a repository' } as const;
      return new HoldfastError('not_found', `${dir} is not in a git repository`, { treatment });
    }
    const text = scrubGitText(stderr, []);
    return new HoldfastError('away', `git cat-file in ${dir} ended${text ? ` (git: ${text})` : ''}`);
  }
}
