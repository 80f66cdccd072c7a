import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import type { StoredArtifact } from '../../src/platform/artifacts/artifact-store.ts';
import { openDiskArtifactStore } from '../../src/platform/artifacts/disk-artifact-store.ts';
import { openKeyRing } from '../../src/platform/crypto/key-ring.ts';
import { createRecordCipher } from '../../src/platform/crypto/record-cipher.ts';

const WRITER = new URL('../support/artifact-writer.ts', import.meta.url).pathname;

/** Starts a writer and kills it in mid-work; answers what it said was kept. */
async function writeUntilKilled(dir: string, afterParts: number): Promise<StoredArtifact[]> {
  const child = spawn(process.execPath, [WRITER, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    if (text.split('\n').length > afterParts) child.kill('SIGKILL');
  }
  const whole = text.slice(0, text.lastIndexOf('\n')).split('\n');
  return whole.filter((line) => line !== '').map((line) => JSON.parse(line) as StoredArtifact);
}

test('what was acknowledged survives a kill -9, and drafts do not', { timeout: 60_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hf-crash-'));
  const kept: StoredArtifact[] = [];
  for (const parts of [1, 4, 9]) kept.push(...(await writeUntilKilled(dir, parts)));
  expect(kept.length).toBeGreaterThanOrEqual(14);
  const ports = { clock: systemClock, random: systemRandom };
  const cipher = createRecordCipher(await openKeyRing(join(dir, 'keys'), ports), systemRandom);
  const store = await openDiskArtifactStore(join(dir, 'artifacts'), { ...ports, cipher });
  expect(readdirSync(join(dir, 'artifacts', 'tmp'))).toEqual([]);
  for (const stored of kept) {
    const bytes = Buffer.concat(await (await store.open(stored, 'crash')).toArray());
    expect(bytes.equals(Buffer.alloc(stored.size, 'x'))).toBe(true);
  }
  rmSync(dir, { recursive: true, force: true });
});
