import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { findBinary } from '../../support/find-binary.ts';
import { freePort } from '../../support/instance/test-instance.ts';
import { until } from '../../support/until.ts';

/** A redis-server of ours at a port that stays the same, without persistence. */
export class BreakableRedis {
  readonly port: number;
  readonly #dir: string;
  #child: ChildProcess | null = null;

  private constructor(dir: string, port: number) {
    this.#dir = dir;
    this.port = port;
  }

  static async open(dir: string): Promise<BreakableRedis> {
    const redis = new BreakableRedis(dir, await freePort());
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Empty, and with these words of configuration (`--maxmemory-policy allkeys-lru`). */
  async start(...more: string[]): Promise<void> {
    const always = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--save', '', '--dir', this.#dir];
    this.#child = spawn(findBinary('redis-server') ?? 'redis-server', [...always, ...more], { stdio: 'ignore' });
    await until(() =>
      this.tell('PING').then(
        (answer) => answer.includes('PONG') || null,
        () => null,
      ),
    );
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(name);
  }

  /** Sends commands; answers what came back, errors included. */
  tell(...commands: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({ host: '127.0.0.1', port: this.port });
      let answer = '';
      socket.setEncoding('utf8').on('data', (text) => {
        answer += text;
      });
      socket.setTimeout(5000, () => socket.destroy(new Error('Redis does not answer')));
      socket.once('error', reject);
      socket.once('close', () => resolve(answer));
      socket.write([...commands, 'QUIT', ''].join('\r\n'));
    });
  }
}
