import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { LogReader } from '../api/api-deps.ts';
import type { LogKeeper } from '../features/execution/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Random } from '../kernel/random.ts';
import type { ArtifactStore } from '../platform/artifacts/artifact-store.ts';
import { openDiskArtifactStore } from '../platform/artifacts/disk-artifact-store.ts';
import { type DocumentStore, openDocumentStore } from '../platform/artifacts/document-store.ts';
import { type LogStore, openDiskLogStore } from '../platform/artifacts/log-store.ts';
import { openKeyRing } from '../platform/crypto/key-ring.ts';
import { createRecordCipher, type RecordCipher } from '../platform/crypto/record-cipher.ts';

/** Everything that is kept as files in data_dir. */
export interface Keeping {
  readonly cipher: RecordCipher;
  readonly artifacts: ArtifactStore;
  readonly logs: LogStore;
  readonly plans: DocumentStore;
  /** Keyed: what it is of cannot be found by trying, without the key file. Hex. */
  digest(text: string): string;
}

/** Opens keys, artifacts, logs and plan documents below `dataDir`. */
export async function openKeeping(
  dataDir: string,
  options: { readonly clock: Clock; readonly random: Random; readonly logBytes: number },
): Promise<Keeping> {
  const keys = await openKeyRing(join(dataDir, 'keys'), options);
  const cipher = createRecordCipher(keys, options.random);
  return {
    cipher,
    artifacts: await openDiskArtifactStore(join(dataDir, 'artifacts'), { cipher, ...options }),
    // A little more than the worker may send: it says in the log itself what it left out.
    logs: await openDiskLogStore(join(dataDir, 'logs'), { maxBytes: options.logBytes + 1024 * 1024 }),
    plans: await openDocumentStore(join(dataDir, 'plans')),
    digest: (text) => createHmac('sha256', keys.current().secret).update(text).digest('hex'),
  };
}

/** The log store as workers write it. */
export function logKeeper(logs: LogStore): LogKeeper {
  return {
    append: (run, offset, bytes) => logs.append(run, offset, bytes),
    size: (run) => logs.size(run),
  };
}

/** The log store as people read it. */
export function logReader(logs: LogStore): LogReader {
  return {
    size: (run) => logs.size(run),
    async read(run, offset, length) {
      const end = Math.min(await logs.size(run), offset + length);
      if (end <= offset) return Buffer.alloc(0);
      return Buffer.concat(await logs.read(run, offset, end).toArray());
    },
    async stream(run) {
      return (await logs.size(run)) === 0 ? Readable.from([]) : logs.read(run, 0);
    },
  };
}
