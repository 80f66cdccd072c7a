import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fakeDeps, memoryStream } from '../../test/support/cli-harness.ts';
import { HoldfastError } from '../kernel/errors.ts';
import type { CliDeps, RunningPart } from './deps.ts';
import { runCli } from './run-cli.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(`${tmpdir()}/holdfast-part-`);
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

/** A server of which the test decides when it starts, ends and has drained. */
function fakeServer() {
  const closed = Promise.withResolvers<void>();
  const drained = Promise.withResolvers<void>();
  const stopping = Promise.withResolvers<void>();
  const part: RunningPart = {
    address: 'http://127.0.0.1:4600',
    closed: closed.promise,
    stop() {
      stopping.resolve();
      return drained.promise;
    },
  };
  return { part, closed, drained, stopping: stopping.promise };
}

function start(argv: string[], overrides: Partial<CliDeps>) {
  const signals: ((signal: string) => void)[] = [];
  const stdout = memoryStream();
  const printed = Promise.withResolvers<string>();
  const write = stdout.write;
  stdout.write = (chunk) => {
    write(chunk);
    printed.resolve(String(chunk));
    return true;
  };
  let now = 0;
  const clock = { now: () => now, after: () => () => {} };
  const onStopSignal = (listener: (signal: string) => void) => {
    signals.push(listener);
    return () => signals.splice(0);
  };
  const ended = runCli(argv, fakeDeps({ stdout, cwd, clock, onStopSignal, ...overrides }));
  const signal = (afterMs: number) => {
    now += afterMs;
    for (const listener of signals) listener('SIGTERM');
  };
  return { ended, signal, printed: printed.promise, stdout, signals };
}

test.each(['up', 'serve'])('%s prints its address once it is up, drains on a signal and exits 0', async (mode) => {
  const server = fakeServer();
  const modes: string[] = [];
  const startServer: CliDeps['startServer'] = async (options) => {
    modes.push(options.mode);
    return server.part;
  };
  const cli = start([mode], { startServer });
  expect(await cli.printed).toBe(`holdfast ${mode} is up: http://127.0.0.1:4600\n`);
  cli.signal(0);
  await server.stopping;
  server.drained.resolve();
  expect(await cli.ended).toBe(0);
  expect(modes).toEqual([mode]);
  expect(cli.signals).toEqual([]);
});

test('up --json prints one document with the address', async () => {
  const server = fakeServer();
  const cli = start(['up', '--json'], { startServer: async () => server.part });
  await cli.printed;
  server.closed.resolve();
  expect(await cli.ended).toBe(0);
  expect(JSON.parse(cli.stdout.text())).toMatchObject({ command: 'up', address: 'http://127.0.0.1:4600' });
});

test('the same Ctrl-C twice is one; a second one ends at once', async () => {
  const server = fakeServer();
  const cli = start(['up'], { startServer: async () => server.part });
  await cli.printed;
  cli.signal(0);
  cli.signal(100);
  await server.stopping;
  cli.signal(1000);
  expect(await cli.ended).toBe(1);
});

test('a start that is refused is an error with its way out', async () => {
  const refusal = new HoldfastError('conflict', 'data_dir is in use', {
    treatment: { kind: 'human', wayOut: 'stop it' },
  });
  const cli = start(['up', '--json'], { startServer: () => Promise.reject(refusal) });
  expect(await cli.ended).toBe(1);
  expect(JSON.parse(cli.stdout.text())).toEqual({
    error: { code: 'conflict', message: 'data_dir is in use', way_out: 'stop it' },
  });
});

test('a worker without a control plane says what is missing', async () => {
  const cli = start(['worker', '--json'], {});
  expect(await cli.ended).toBe(1);
  expect(JSON.parse(cli.stdout.text()).error.message).toContain('does not know its control plane');
});

test('a worker takes address and secret from its environment', async () => {
  const places: unknown[] = [];
  const server = fakeServer();
  const env = { HOLDFAST_WORKER_SERVER: 'https://h.example.com', HOLDFAST_WORKER_SECRET: 's'.repeat(40) };
  const startWorker: CliDeps['startWorker'] = async (place) => {
    places.push(place);
    return { ...server.part, address: 'https://h.example.com' };
  };
  const cli = start(['worker'], { env, startWorker });
  expect(await cli.printed).toBe('holdfast worker is up, working for https://h.example.com\n');
  server.closed.resolve();
  expect(await cli.ended).toBe(0);
  const root = `${cwd}/.holdfast/worker`;
  expect(places).toEqual([{ server: env.HOLDFAST_WORKER_SERVER, secret: 's'.repeat(40), root, concurrency: 2 }]);
});
