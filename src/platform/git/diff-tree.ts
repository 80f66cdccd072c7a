import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { openTool, type PipedTool } from '../process/spawn-tool.ts';
import { DIFF_MARK, parseTreeDiffs } from './diff-tree-answers.ts';
import { gitArgv } from './git-argv.ts';
import { buildGitEnv, type GitTool } from './git-env.ts';
import { assertObjectId } from './git-names.ts';
import type { TreeChange } from './git-objects.ts';
import { allIdle, IDLE_MS, type IdleProcesses } from './idle-processes.ts';

export interface DiffTreeOptions {
  readonly tool: GitTool;
  readonly dir: string;
  readonly clock: Clock;
  /** The process ends after so long without a question (default 10 s), or sooner where too many wait (`idle`). */
  readonly idleMs?: number;
  /** Default: shared by all repositories. */
  readonly idle?: IdleProcesses;
  /** Longer answers are refused (default 16 MiB: some 100,000 files). */
  readonly maxBytes?: number;
}

interface Question {
  /** `commit base`. */
  readonly about: string;
  resolve(changes: TreeChange[]): void;
  reject(error: Error): void;
}

const ANSWER_BYTES = 16 * 1024 ** 2;
const QUEUE_LIMIT = 1000;

/**
 * One long-lived `git diff-tree --stdin`: one question where walking the trees takes one for each level. For a commit
 * that is not there it answers as if nothing differed, so an answer counts only under the ids of both.
 */
export class DiffTree {
  readonly #options: DiffTreeOptions;
  readonly #idle: IdleProcesses;
  #process: PipedTool | null = null;
  #asked: Question[] = [];
  #parts: Buffer[] = [];
  #size = 0;
  #cancelIdle: () => void = () => {};
  #isClosed = false;
  readonly #endIdle = () => this.#retire();

  constructor(options: DiffTreeOptions) {
    this.#options = options;
    this.#idle = options.idle ?? allIdle;
  }

  /** Whether the process runs: else asking costs its start. */
  get isWarm(): boolean {
    return this.#process !== null;
  }

  /** Entries that differ between two commits, in no order. Rejects where git cannot say: a commit is missing, or too much differs. */
  ask(base: string, head: string): Promise<TreeChange[]> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed || this.#asked.length >= QUEUE_LIMIT) return reject(this.#ended('takes no questions'));
      const about = `${assertObjectId(head)} ${assertObjectId(base)}`;
      this.#cancelIdle();
      this.#idle.remove(this.#endIdle);
      this.#process ??= this.#start();
      this.#asked.push({ about, resolve, reject });
      this.#process.stdin.write(`${about}\n${DIFF_MARK}`);
    });
  }

  /** Ends the process; open questions are rejected. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const process = this.#process;
    this.#end('was closed');
    await process?.ended;
  }

  #start(): PipedTool {
    const { tool, dir } = this.#options;
    const env = buildGitEnv(tool, { remote: null });
    const process = openTool({ file: tool.binary, args: gitArgv.diffTrees(), cwd: dir, env });
    process.stdout.on('data', (chunk: Buffer) => {
      if (this.#process === process) this.#heard(chunk);
    });
    void process.ended.then(() => {
      if (this.#process === process) this.#end('ended');
    });
    return process;
  }

  #heard(chunk: Buffer): void {
    this.#parts.push(chunk);
    this.#size += chunk.length;
    if (this.#size > (this.#options.maxBytes ?? ANSWER_BYTES)) {
      this.#process?.kill();
      this.#end('said too much');
      return;
    }
    // Only the mark's last byte can end an answer; whether it does, the records say.
    if (chunk.at(-1) !== 10) return;
    const answers = parseTreeDiffs(Buffer.concat(this.#parts));
    if (answers === null) return;
    this.#parts = [];
    this.#size = 0;
    for (const { about, changes } of answers) {
      const question = this.#asked.shift();
      if (question && question.about === about) question.resolve(changes);
      else question?.reject(this.#ended('gave no answer'));
    }
    if (this.#asked.length > 0) return;
    this.#cancelIdle = this.#options.clock.after(this.#options.idleMs ?? IDLE_MS, this.#endIdle);
    this.#idle.add(this.#endIdle);
  }

  #retire(): void {
    this.#cancelIdle();
    this.#idle.remove(this.#endIdle);
    const process = this.#process;
    this.#process = null;
    process?.stdin.end();
  }

  #end(how: string): void {
    this.#retire();
    this.#parts = [];
    this.#size = 0;
    for (const question of this.#asked.splice(0)) question.reject(this.#ended(how));
  }

  #ended(how: string): HoldfastError {
    return new HoldfastError('away', `git diff-tree in ${this.#options.dir} ${how}`);
  }
}
