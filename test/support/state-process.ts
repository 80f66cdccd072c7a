import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

const SERVER = new URL('./state-server.ts', import.meta.url).pathname;

/** A test that fails before it stops its server leaves nothing behind. */
const endWithUs = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of endWithUs) child.kill('SIGKILL');
});

/** A state backend in a process of its own, which can be killed and started again at the same address. */
export class StateProcess {
  readonly #dir: string;
  readonly #limit: readonly string[];
  #child: ChildProcess | null = null;
  url = '';

  /** `maxBytes`: largest state that is taken, where not the usual. */
  constructor(dir: string, maxBytes?: number) {
    this.#dir = dir;
    this.#limit = maxBytes === undefined ? [] : [String(maxBytes)];
  }

  async start(): Promise<void> {
    const port = this.url === '' ? '0' : new URL(this.url).port;
    const child = spawn(process.execPath, [SERVER, this.#dir, port, ...this.#limit], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    endWithUs.add(child);
    child.once('exit', () => endWithUs.delete(child));
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    this.url = String(line).trim();
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** The longest turn of its event loop since this was last asked, in ms of processor time. */
  async longestTurn(): Promise<number> {
    const child = this.#child;
    if (!child?.stdout) throw new Error('the state backend does not run');
    const told = once(child.stdout, 'data');
    child.kill('SIGUSR2');
    return Number(String((await told)[0]));
  }

  /** `VmRSS` or `VmHWM` of the process, in MiB. */
  memory(field: 'VmRSS' | 'VmHWM'): number {
    const text = readFileSync(`/proc/${this.#child?.pid}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(text)?.[1] ?? 0) / 1024;
  }
}
