import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { ADMIN_TOKEN } from '../support/state-backend.ts';
import { StateClient, stateOf } from '../support/state-client.ts';
import { StateProcess } from '../support/state-process.ts';

const MIB = 1 << 20;

/** A valid state of about `mib` MiB, piece by piece. */
function* largeState(mib: number): Generator<Buffer> {
  yield Buffer.from('{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"large","resources":[');
  const resource = JSON.stringify({ type: 'terraform_data', values: 'äx"\\ '.repeat(20_000) });
  for (let size = 0; size < mib * MIB; size += resource.length + 1)
    yield Buffer.from(`${size === 0 ? '' : ','}${resource}`);
  yield Buffer.from(']}');
}

test('a state of 100 MB is written and read while the memory stays bounded', { timeout: 60_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hf-memory-'));
  const server = new StateProcess(dir);
  await server.start();
  const small = new StateClient(server.url, 'small', ADMIN_TOKEN);
  await small.lock('l0');
  await new StateClient(server.url, 'large', ADMIN_TOKEN).lock('l1');
  const before = server.memory('VmRSS');
  await server.longestTurn();

  const sent = createHash('sha256');
  const upload = request(`${server.url}/state/large?ID=l1`, { method: 'POST', auth: `hf:${ADMIN_TOKEN}` });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    upload.on('response', (response) => resolve(response.resume().statusCode));
    upload.on('error', reject);
  });
  await pipeline(async function* () {
    for (const chunk of largeState(100)) {
      sent.update(chunk);
      yield chunk;
    }
  }, upload);
  expect(await answered).toBe(200);
  const longest = await server.longestTurn();

  const got = createHash('sha256');
  const auth = { authorization: `Basic ${btoa(`hf:${ADMIN_TOKEN}`)}` };
  const download = await fetch(`${server.url}/state/large`, { headers: auth });
  for await (const chunk of download.body ?? []) got.update(chunk);
  expect(got.digest('hex')).toBe(sent.digest('hex'));

  const grown = server.memory('VmHWM') - before;
  console.log(`a state of 100 MB: ${before.toFixed(0)} MiB before, at most ${grown.toFixed(0)} MiB more`);
  expect(grown).toBeLessThan(120);
  console.log(`and no turn of the event loop used more than ${longest.toFixed(1)} ms of processor time`);
  // 10 is the promise; a core that others share counts more for the same work.
  expect(longest).toBeLessThan(20);
  await server.kill();
  rmSync(dir, { recursive: true, force: true });
});

test('a state of 1 GB that nobody announced is refused as too large while it comes, and nothing of it stays', {
  timeout: 60_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hf-memory-'));
  const server = new StateProcess(dir, 64 * MIB);
  await server.start();
  const state = new StateClient(server.url, 'huge', ADMIN_TOKEN);
  await state.lock('l1');
  const before = server.memory('VmRSS');
  const upload = request(`${server.url}/state/huge?ID=l1`, { method: 'POST', auth: `hf:${ADMIN_TOKEN}` });
  const answered = once(upload, 'response') as Promise<[IncomingMessage]>;
  // The connection may be closed under the rest of it: the answer is what counts.
  const sent = { bytes: 0 };
  const piece = Buffer.alloc(MIB, 'x');
  await pipeline(async function* () {
    yield Buffer.from('{"version":4,"serial":1,"lineage":"huge","resources":["');
    for (; sent.bytes < 1024 * MIB; sent.bytes += MIB) yield piece;
  }, upload).catch(() => {});
  const [response] = await answered;
  expect(response.statusCode).toBe(413);
  expect(Buffer.concat(await response.toArray()).toString()).toContain('67108864 bytes');
  const grown = server.memory('VmHWM') - before;
  console.log(`a state of 1 GB: refused, ${grown.toFixed(0)} MiB more at most, ${sent.bytes / MIB} MiB sent`);
  expect(grown).toBeLessThan(100);
  expect((await state.get()).status).toBe(404);
  expect((await state.post('l1', stateOf(1))).status).toBe(200);
  const kept = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(kept.every((entry) => statSync(join(entry.parentPath, entry.name)).size < 10 * MIB)).toBe(true);
  await server.kill();
  rmSync(dir, { recursive: true, force: true });
});
