import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip, gzipSync } from 'node:zlib';
import { HoldfastError } from '../../kernel/errors.ts';
import { isMissing, makeDir, writeDurably } from '../files/durable-file.ts';

const AT_ONCE_CHARS = 16 * 1024;
const NAME = /^[0-9A-Za-z_-]{1,100}$/;

/** Small to middling JSON documents by name, each a compressed file (0600): what would stall the database as a row. */
export interface DocumentStore {
  /** Durable when it answers; an older document of that name is replaced. */
  put(name: string, value: unknown): Promise<void>;
  /** The same of JSON that is compressed already. */
  putPacked(name: string, gzip: Uint8Array): Promise<void>;
  /** The document, or null. */
  get(name: string): Promise<unknown>;
  delete(name: string): Promise<void>;
  /** Deletes documents last written before `olderThanMs`; answers how many. */
  sweep(olderThanMs: number): Promise<number>;
}

/** Documents in `<root>/<shard>/<name>.json.gz`. */
export async function openDocumentStore(root: string): Promise<DocumentStore> {
  await makeDir(root);
  const putPacked = async (name: string, bytes: Uint8Array) => {
    const { dir, path } = fileOf(root, name);
    await makeDir(dir);
    await writeDurably(path, bytes);
  };
  return {
    put: async (name, value) => putPacked(name, await pack(JSON.stringify(value))),
    putPacked,
    async get(name) {
      try {
        return JSON.parse((await promisify(gunzip)(await readFile(fileOf(root, name).path))).toString('utf8'));
      } catch (error) {
        if (isMissing(error)) return null;
        throw new HoldfastError('internal', `document ${name} cannot be read`, { cause: error });
      }
    },
    delete: (name) => rm(fileOf(root, name).path, { force: true }),
    sweep: (olderThanMs) => sweep(root, olderThanMs),
  };
}

/** A small text is packed sooner than another thread is asked to. */
async function pack(text: string): Promise<Uint8Array> {
  return text.length <= AT_ONCE_CHARS ? gzipSync(text, { level: 1 }) : await promisify(gzip)(text, { level: 1 });
}

async function sweep(root: string, olderThanMs: number): Promise<number> {
  let gone = 0;
  for (const shard of await readdir(root)) {
    const dir = join(root, shard);
    for (const file of await readdir(dir)) {
      const path = join(dir, file);
      if ((await stat(path)).mtimeMs >= olderThanMs) continue;
      await rm(path, { force: true });
      gone++;
    }
  }
  return gone;
}

function fileOf(root: string, name: string): { dir: string; path: string } {
  if (!NAME.test(name)) throw new HoldfastError('invalid', `"${name}" cannot name a document`);
  const dir = join(root, name.slice(-2));
  return { dir, path: join(dir, `${name}.json.gz`) };
}
