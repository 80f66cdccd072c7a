import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CliDeps } from '../../src/cli/deps.ts';
import type { OutStream } from '../../src/cli/out-stream.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import { systemClock } from '../../src/kernel/clock.ts';

/** What one call of the command line printed and how it ended. */
export interface CliOutcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An answer of the fake instance: a body for JSON, or what the function writes. */
export type FakeAnswer = { status?: number; body: unknown } | ((req: IncomingMessage, res: ServerResponse) => void);

/** A stand-in for a running instance: answers by `METHOD /path` (query left out), and remembers what was asked. */
export interface FakeInstance {
  readonly address: string;
  readonly requests: { method: string; url: string; body: string; token: string | undefined }[];
  readonly answers: Map<string, FakeAnswer>;
  close(): Promise<void>;
}

/** A stream that keeps what is written to it. */
export function memoryStream(options: { isTTY?: boolean; columns?: number } = {}): OutStream & { text(): string } {
  const chunks: Buffer[] = [];
  return {
    ...options,
    write(chunk, done) {
      chunks.push(Buffer.from(chunk as Uint8Array));
      done?.();
      return true;
    },
    on() {},
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}

/** Dependencies of which none does anything; a test overrides those it is about. */
export function fakeDeps(overrides: Partial<CliDeps> = {}): CliDeps {
  const never = () => Promise.reject(new Error('not part of this test'));
  return {
    version: '1.2.3',
    env: {},
    cwd: '/nowhere',
    clock: systemClock,
    stdout: memoryStream(),
    stderr: memoryStream(),
    fetch,
    ask: null,
    onStopSignal: () => () => {},
    startServer: never,
    startWorker: never,
    demo: never,
    changed: never,
    checkStacks: async () => [],
    doctor: {
      findProgram: async (name) => ({ path: `/usr/bin/${name}`, version: `${name} 1.0`, error: null }),
      holderOf: async () => null,
      serviceOf: async () => null,
      probeRedis: async () => 'version 7.0.15',
      probeDatabase: async () => 'SQLite, schema 1',
      probeRepository: async () => 'main is at 0123456',
    },
    ...overrides,
  };
}

/** Runs one command line against streams in memory. */
export async function callCli(argv: readonly string[], overrides: Partial<CliDeps> = {}): Promise<CliOutcome> {
  const stdout = memoryStream();
  const stderr = memoryStream();
  const exit = await runCli(argv, fakeDeps({ stdout, stderr, ...overrides }));
  return { exit, stdout: stdout.text(), stderr: stderr.text() };
}

/** Starts a fake instance on a free port of loopback. */
export async function startFakeInstance(answers: Record<string, FakeAnswer> = {}): Promise<FakeInstance> {
  const map = new Map(Object.entries(answers));
  const requests: FakeInstance['requests'] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const { method = '', url = '' } = req;
    requests.push({ method, url, body: Buffer.concat(chunks).toString('utf8'), token: req.headers.authorization });
    const answer = map.get(`${method} ${url.split('?')[0]}`);
    if (typeof answer === 'function') return answer(req, res);
    const status = answer === undefined ? 404 : (answer.status ?? 200);
    const body = answer?.body ?? {
      type: 'about:blank',
      title: 'Not Found',
      status,
      detail: `no ${url}`,
      code: 'not_found',
    };
    res.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' });
    res.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    requests,
    answers: map,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
