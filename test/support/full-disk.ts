/**
 * Receives a state, a plan and a log where no file may grow past `ulimit -f` (`node full-disk.ts DIR`, SIGXFSZ ignored):
 * what a full disk looks like, on any machine and without any right. Prints what came of each as JSON.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { problemOf } from '../../src/api/problem.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { openDiskArtifactStore } from '../../src/platform/artifacts/disk-artifact-store.ts';
import { openDocumentStore } from '../../src/platform/artifacts/document-store.ts';
import { openDiskLogStore } from '../../src/platform/artifacts/log-store.ts';
import { openKeyRing } from '../../src/platform/crypto/key-ring.ts';
import { createRecordCipher } from '../../src/platform/crypto/record-cipher.ts';

const dir = process.argv[2] ?? '';
const ports = { clock: systemClock, random: systemRandom };
const cipher = createRecordCipher(await openKeyRing(join(dir, 'keys'), ports), systemRandom);
const artifacts = await openDiskArtifactStore(join(dir, 'artifacts'), { ...ports, cipher });
const logs = await openDiskLogStore(join(dir, 'logs'), { maxBytes: 1 << 30 });
const documents = await openDocumentStore(join(dir, 'plans'));

const large = Buffer.alloc(2 << 20, 'x');
const put = (bytes: Buffer) => artifacts.put([bytes], { context: 'plan|x', maxBytes: 1 << 30 });
const statusOf = (work: Promise<unknown>) =>
  work.then(
    () => 200,
    (error: unknown) => problemOf(error).status,
  );
const files = (of: string) =>
  readdirSync(join(dir, of), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;

const told = {
  artifact: [
    await statusOf(put(large)),
    files('artifacts'),
    await statusOf(put(large.subarray(0, 1000))),
    files('artifacts'),
  ],
  log: [await statusOf(logs.append('run1', 0, Buffer.from('begun\n'))), await statusOf(logs.append('run1', 6, large))],
  logSize: statSync(join(dir, 'logs', 'n1', 'run1.log')).size,
  logAfter: await logs.append('run1', 6, Buffer.from('on\n')),
  document: [
    await statusOf(documents.put('run1', { noise: Array.from(large.subarray(0, 1 << 20), () => Math.random()) })),
    await statusOf(documents.put('run1', { small: true })),
  ],
  documentAfter: await documents.get('run1'),
};
process.stdout.write(JSON.stringify(told));
