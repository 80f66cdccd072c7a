import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';
import type { RecordCipher } from '../crypto/record-cipher.ts';
import { RECORD_BYTES } from '../crypto/record-header.ts';
import { isMissing, makeDir, syncDir } from '../files/durable-file.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { removeFile, writeNewFile } from './disk-files.ts';
import { readPieces } from './file-pieces.ts';
import { type Measure, measured } from './measured.ts';

const PATH = /^[0-9a-z]\/[0-9a-z]{16}$/;
const SHARDS = '0123456789abcdefghjkmnpqrstvwxyz';
const SWEEP_BATCH = 500;

export interface DiskArtifactPorts {
  readonly cipher: RecordCipher;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * An artifact store in a folder: `<shard>/<id>`, every file sealed, written below `tmp/` and renamed when it is whole.
 * What a crash left in `tmp/` is removed now: no other process may use the folder.
 */
export async function openDiskArtifactStore(root: string, ports: DiskArtifactPorts): Promise<ArtifactStore> {
  const drafts = join(root, 'tmp');
  await makeDir(drafts);
  for (const name of await readdir(drafts)) await removeFile(join(drafts, name));
  for (const shard of SHARDS) await mkdir(join(root, shard), { recursive: true, mode: 0o700 });
  await syncDir(root);
  const store = diskOperations(root, ports);
  return { ...store, sweep: (olderThanMs, isKnown) => sweep(root, ports.clock.now() - olderThanMs, isKnown, store) };
}

function diskOperations(root: string, ports: DiskArtifactPorts): Omit<ArtifactStore, 'sweep'> {
  return {
    async put(source, { context, maxBytes }) {
      const id = newId(ports.clock, ports.random);
      const draft = join(root, 'tmp', id);
      const path = `${id.slice(-1)}/${id}`;
      const measure: Measure = { digest: '', size: 0 };
      const sealed = ports.cipher.seal(measured(source, maxBytes, measure), context, () => measure.digest);
      await writeNewFile({ draft, path: join(root, path) }, sealed);
      return { path, ...measure };
    },
    async open({ path, digest }, context) {
      const chunks = ports.cipher.open(readPieces(fileOf(root, path)), context, digest);
      // The first part is read now, so that what is missing or foreign is an answer and no broken stream.
      const first = await chunks.next().catch((error: unknown) => {
        throw isMissing(error) ? missing(path, error) : error;
      });
      // One record at a time: of several, a reader would be given a copy.
      const clear = Readable.from(startingWith(first, chunks), { objectMode: false, highWaterMark: RECORD_BYTES });
      // A generator that was never started runs no `finally`: the file is closed with the stream instead.
      return clear.once('close', () => void chunks.return(undefined));
    },
    async delete(path) {
      await removeFile(fileOf(root, path));
    },
  };
}

async function* startingWith(first: IteratorResult<Buffer>, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (first.done !== true) yield first.value;
  yield* rest;
}

async function sweep(
  root: string,
  before: number,
  isKnown: (paths: readonly string[]) => Promise<ReadonlySet<string>>,
  store: Pick<ArtifactStore, 'delete'>,
): Promise<number> {
  let removed = 0;
  for (const shard of SHARDS) {
    const paths = (await readdir(join(root, shard)))
      .map((name) => `${shard}/${name}`)
      .filter((path) => PATH.test(path));
    for (let at = 0; at < paths.length; at += SWEEP_BATCH) {
      const batch = paths.slice(at, at + SWEEP_BATCH);
      const known = await isKnown(batch);
      for (const path of batch) {
        if (known.has(path) || (await stat(join(root, path))).mtimeMs >= before) continue;
        await store.delete(path);
        removed++;
      }
    }
  }
  return removed;
}

function fileOf(root: string, path: string): string {
  if (PATH.test(path)) return join(root, path);
  throw new HoldfastError('internal', `"${path}" is no path of the artifact store`);
}

function missing(path: string, cause: unknown): HoldfastError {
  return new HoldfastError('internal', `artifact ${path} is recorded, but its file is missing`, {
    treatment: { kind: 'human', wayOut: 'restore files and database from one backup' },
    cause,
  });
}
