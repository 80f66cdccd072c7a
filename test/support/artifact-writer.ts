/** A process that keeps artifacts without end and names each one once it is kept: made to be killed. */
import { systemClock } from '../../src/kernel/clock.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { openDiskArtifactStore } from '../../src/platform/artifacts/disk-artifact-store.ts';
import { openKeyRing } from '../../src/platform/crypto/key-ring.ts';
import { createRecordCipher } from '../../src/platform/crypto/record-cipher.ts';

const dir = process.argv[2] ?? '';
const ports = { clock: systemClock, random: systemRandom };
const cipher = createRecordCipher(await openKeyRing(`${dir}/keys`, ports), systemRandom);
const store = await openDiskArtifactStore(`${dir}/artifacts`, { ...ports, cipher });

async function keep(size: number): Promise<void> {
  for (;;) {
    const stored = await store.put([Buffer.alloc(size, 'x')], { context: 'crash', maxBytes: size });
    process.stdout.write(`${JSON.stringify(stored)}\n`);
  }
}
await Promise.all([keep(10), keep(200_000), keep(3_000_000)]);
