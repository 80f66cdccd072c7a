import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { STATE_BYTES } from '../../src/compose/mounts.ts';
import { sendDeafly } from '../support/deaf-sender.ts';
import { ADMIN_TOKEN } from '../support/state-backend.ts';
import { StateClient, stateOf } from '../support/state-client.ts';
import { StateProcess } from '../support/state-process.ts';

const MIB = 1024 ** 2;

test.each([
  [600, true, 'close'],
  [600, false, 'close'],
  [1024, true, 'keep-alive'],
  [1024, false, 'close'],
])(
  'at the real limit: %d MiB (announced: %s, %s) get their 413, and the memory stays bounded',
  {
    timeout: 300_000,
  },
  async (mib, isAnnounced, connection) => {
    const dir = mkdtempSync(join(tmpdir(), 'hf-large-'));
    const server = new StateProcess(dir, STATE_BYTES);
    await server.start();
    const client = new StateClient(server.url, 'huge', ADMIN_TOKEN);
    await client.lock('l1');
    const before = server.memory('VmRSS');
    const answer = await sendDeafly(`${server.url}/state/huge?ID=l1`, { bytes: mib * MIB, isAnnounced, connection });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain(`${STATE_BYTES} bytes`);
    const grown = server.memory('VmHWM') - before;
    console.log(`${mib} MiB: refused, ${grown.toFixed(0)} MiB more memory at most`);
    expect(grown).toBeLessThan(120);
    expect((await client.post('l1', stateOf(1))).status).toBe(200);
    const kept = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(kept.every((entry) => statSync(join(entry.parentPath, entry.name)).size < 10 * MIB)).toBe(true);
    await server.kill();
    rmSync(dir, { recursive: true, force: true });
  },
);
