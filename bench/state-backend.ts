import { type ChildProcess, spawn } from 'node:child_process';
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ADMIN_TOKEN } from '../test/support/state-backend.ts';
import { StateClient } from '../test/support/state-client.ts';
import { type BenchOptions, type BenchRow, median } from './harness/report.ts';

const CLIENTS = 8;
const ROUNDS = 40;
const LARGE_ROUNDS = 6;

/**
 * The state backend against a Fastify whose handler only writes and fsyncs one file (LOCK, GET, POST, UNLOCK of a small
 * state, 8 clients: ≥ 0.3× its operations), and a 10 MB state written and read against a copy with fsync and encryption
 * (≤ 1.5× its time). Interleaved pair by pair. Both warm up before they are measured; what the first large state of a server
 * takes, which starts a thread, is told beside them.
 */
export async function runStateBackend({ pairs }: Pick<BenchOptions, 'pairs'>): Promise<{ rows: BenchRow[] }> {
  const none: number[] = [];
  const samples = { ours: [...none], bare: [...none], first: [...none], large: [...none], copy: [...none] };
  for (let pair = 0; pair < pairs; pair++) {
    await withServer('../test/support/state-server.ts', async (url) => {
      samples.ours.push(await operationsPerSecond(url));
      const [first, ...others] = await largeStates(url);
      samples.first.push(first ?? Number.NaN);
      samples.large.push(median(others));
    });
    await withServer('./bare-fsync-server.ts', async (url) => {
      samples.bare.push(await operationsPerSecond(url));
    });
    samples.copy.push(median((await sealedCopies()).slice(1)));
  }
  const [ours, bare, large, copy] = [
    median(samples.ours),
    median(samples.bare),
    median(samples.large),
    median(samples.copy),
  ];
  const rate = { id: 'state', what: 'small states, operations per second', value: ours, baseline: bare };
  const time = { id: 'state', what: 'a state of 10 MB written and read, ms', value: large, baseline: copy };
  return {
    rows: [
      { ...rate, ratio: ours / bare, goal: '≥ 0.3×', met: ours / bare >= 0.3 },
      { ...time, ratio: large / copy, goal: '≤ 1.5×', met: large / copy <= 1.5 },
      {
        ...{ id: 'state', what: 'the first such state of a server, ms', value: median(samples.first) },
        ...{ baseline: copy, ratio: median(samples.first) / copy, goal: null, met: null },
      },
    ],
  };
}

async function operationsPerSecond(url: string): Promise<number> {
  const clients = Array.from({ length: CLIENTS }, (_, i) => new StateClient(url, `stack-${i}`, ADMIN_TOKEN));
  await Promise.all(clients.map((client) => visit(client, 1)));
  const from = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      for (let serial = 2; serial < ROUNDS + 2; serial++) await visit(client, serial);
    }),
  );
  return (CLIENTS * ROUNDS * 4) / ((performance.now() - from) / 1000);
}

async function visit(client: StateClient, serial: number): Promise<void> {
  await client.lock(`l${serial}`);
  await client.get();
  const { status, text } = await client.post(`l${serial}`, stateOf(serial, 4000));
  if (status !== 200) throw new Error(`a write was answered ${status} ${text}`);
  await client.unlock(`l${serial}`);
}

/** Milliseconds of writing and reading a state of 10 MB, one time after the other. */
async function largeStates(url: string): Promise<number[]> {
  await new StateClient(url, 'large', ADMIN_TOKEN).lock('l');
  const times: number[] = [];
  for (let serial = 1; serial <= LARGE_ROUNDS; serial++) {
    const bytes = Buffer.from(stateOf(serial, 10_000_000));
    const md5 = createHash('md5').update(bytes).digest('base64');
    const from = performance.now();
    await transfer(`${url}/state/large?ID=l`, bytes, { 'content-md5': md5 });
    await transfer(`${url}/state/large`, null);
    times.push(performance.now() - from);
  }
  return times;
}

/** One request whose client costs as little as it can: what is measured is the server. */
function transfer(url: string, body: Buffer | null, headers = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { method: body ? 'POST' : 'GET', auth: `hf:${ADMIN_TOKEN}`, headers };
    const sent = request(url, options, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${options.method} was answered ${response.statusCode}`));
      response.resume().on('end', resolve).on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The floor: read, encrypt, write, fsync; read, decrypt. */
async function sealedCopies(): Promise<number[]> {
  const dir = mkdtempSync(join(tmpdir(), 'hf-copy-'));
  writeFileSync(join(dir, 'source'), stateOf(1, 10_000_000));
  const [key, nonce] = [randomBytes(32), randomBytes(12)];
  const times: number[] = [];
  for (let round = 0; round < LARGE_ROUNDS; round++) {
    const from = performance.now();
    const file = await open(join(dir, `copy-${round}`), 'wx');
    await file.writeFile(createCipheriv('aes-256-gcm', key, nonce).update(await readFile(join(dir, 'source'))));
    await file.sync();
    await file.close();
    createDecipheriv('aes-256-gcm', key, nonce).update(await readFile(join(dir, `copy-${round}`)));
    times.push(performance.now() - from);
  }
  rmSync(dir, { recursive: true, force: true });
  return times;
}

function stateOf(serial: number, size: number): string {
  const resource = {
    mode: 'managed',
    type: 'terraform_data',
    name: 'a',
    instances: [{ attributes: { id: 'x'.repeat(60) } }],
  };
  const resources = Array.from({ length: Math.ceil(size / 260) }, () => resource);
  return JSON.stringify({ version: 4, terraform_version: '1.11.4', serial, lineage: 'bench', resources }, null, 2);
}

async function withServer(script: string, act: (url: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'hf-bench-state-'));
  const file = new URL(script, import.meta.url).pathname;
  const child: ChildProcess = spawn(process.execPath, [file, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    await act(String(line).trim());
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
    rmSync(dir, { recursive: true, force: true });
  }
}
