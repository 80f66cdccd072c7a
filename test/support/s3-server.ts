import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

/** An S3 server on a free port of loopback. */
export interface S3Server {
  readonly url: string;
  /** A bucket is a folder. */
  makeBucket(name: string): void;
  stop(): Promise<void>;
}

/** Starts versitygw over a folder that can hold extended attributes (temporary folders in memory cannot). */
export async function startS3Server(binary: string): Promise<S3Server> {
  const root = mkdtempSync(join(homedir(), '.holdfast-s3-'));
  for (const name of ['data', 'versions']) mkdirSync(join(root, name));
  const port = await freePort();
  const args = ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', '--versioning-dir', join(root, 'versions')];
  const env = { PATH: process.env.PATH ?? '', ROOT_ACCESS_KEY: 'testkey', ROOT_SECRET_KEY: 'testsecret' };
  const child = spawn(binary, [...args, join(root, 'data')], { env, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(url).catch(() => null)) ?? null, 30_000);
  return {
    url,
    makeBucket: (name) => mkdirSync(join(root, 'data', name)),
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
