import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestInstance } from '../support/instance/test-instance.ts';
import { StateClient } from '../support/state-client.ts';

const MIB = 1024 ** 2;
let instance: TestInstance;
beforeEach(async () => {
  instance = await TestInstance.make();
});
afterEach(() => instance.remove());

/** A state of so many MiB, piece by piece. */
function* largeState(mib: number): Generator<Buffer> {
  yield Buffer.from('{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"large","resources":["');
  const piece = Buffer.alloc(MIB, 'state ');
  for (let sent = 0; sent < mib; sent++) yield piece;
  yield Buffer.from('"]}');
}

test('a state of 100 MB goes through `state pull` to a slow reader; neither side holds it', {
  timeout: 180_000,
}, async () => {
  instance.configure({ repositories: [], workers: { count: 0 } });
  const up = await instance.start('up');
  const token = readFileSync(`${instance.dataDir}/admin.token`, 'utf8').trim();
  await new StateClient(instance.address, 'large', token).lock('l1');
  const upload = request(`${instance.address}/state/large?ID=l1`, { method: 'POST', auth: `hf:${token}` });
  const answered = new Promise((done) => upload.on('response', (response) => done(response.resume().statusCode)));
  const sent = createHash('sha256');
  await pipeline(async function* () {
    for (const chunk of largeState(100)) {
      sent.update(chunk);
      yield chunk;
    }
  }, upload);
  expect(await answered).toBe(200);

  const before = memoryOf(up.pid, 'VmRSS');
  const env = { PATH: process.env.PATH ?? '', HOME: join(instance.dir, 'home') };
  const pull = spawn(process.execPath, [resolve('bin/holdfast.mjs'), 'state', 'pull', 'large'], {
    ...{ cwd: instance.dir, env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const got = createHash('sha256');
  let [bytes, most, grown] = [0, 0, 0];
  for await (const chunk of pull.stdout) {
    got.update(chunk as Buffer);
    const mib = Math.floor(bytes / MIB);
    bytes += (chunk as Buffer).length;
    if (Math.floor(bytes / MIB) === mib) continue;
    most = Math.max(most, memoryOf(pull.pid, 'VmHWM'));
    grown = Math.max(grown, memoryOf(up.pid, 'VmRSS') - before);
    // Slower than what comes: whoever does not wait for this reader holds what it has not read.
    await new Promise((done) => setTimeout(done, 10));
  }
  expect(got.digest('hex')).toBe(sent.digest('hex'));
  console.log(`a pull of 100 MB: ${most.toFixed(0)} MiB in all, and ${grown.toFixed(0)} MiB more in the instance`);
  expect(most).toBeLessThan(200);
  expect(grown).toBeLessThan(90);
});

/** MiB. */
function memoryOf(pid: number | undefined, field: 'VmRSS' | 'VmHWM'): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(text)?.[1] ?? 0) / 1024;
}
