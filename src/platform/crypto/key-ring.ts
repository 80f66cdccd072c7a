import { createSecretKey, type KeyObject } from 'node:crypto';
import { link, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';
import { makeDir, syncDir } from '../files/durable-file.ts';

/** A master key. `secret` is a `KeyObject`: printing or serialising it shows nothing. */
export interface SealingKey {
  /** 16 characters, sorted by age. Stands in clear before everything it sealed. */
  readonly id: string;
  readonly secret: KeyObject;
}

/** The keys of this instance. The newest one seals, all of them open. */
export interface KeyRing {
  current(): SealingKey;
  /** The key of that id, or null where no file holds it. */
  find(id: string): Promise<SealingKey | null>;
  /** Adds a new current key; older ones go on opening what they sealed. */
  rotate(): Promise<SealingKey>;
}

const KEY_FILE = /^([0-9a-z]{16})\.key$/;
const KEY_TEXT = /^holdfast-key-1 ([A-Za-z0-9_-]{43})\n$/;

/**
 * Opens the keys in `dir` (one file `<id>.key` each, 0600), making the first one where there is none. Throws `invalid`
 * for a damaged key file or one that others may read.
 */
export async function openKeyRing(dir: string, ports: { clock: Clock; random: Random }): Promise<KeyRing> {
  await makeDir(dir);
  const keys = await readKeys(dir);
  let newest = newestOf(keys) ?? (await addKey());

  async function addKey(): Promise<SealingKey> {
    const key = await writeKey(dir, newId(ports.clock, ports.random), ports.random.bytes(32));
    keys.set(key.id, key);
    return key;
  }

  return {
    current: () => newest,
    async find(id) {
      const known = keys.get(id);
      if (known) return known;
      // Somebody may have put a key file back, or another process may have rotated.
      for (const [found, key] of await readKeys(dir)) keys.set(found, key);
      return keys.get(id) ?? null;
    },
    async rotate() {
      newest = await addKey();
      return newest;
    },
  };
}

function newestOf(keys: ReadonlyMap<string, SealingKey>): SealingKey | undefined {
  return [...keys.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).at(-1);
}

async function readKeys(dir: string): Promise<Map<string, SealingKey>> {
  const keys = new Map<string, SealingKey>();
  for (const name of await readdir(dir)) {
    const id = KEY_FILE.exec(name)?.[1];
    if (id !== undefined) keys.set(id, { id, secret: await readKey(join(dir, name)) });
  }
  return keys;
}

async function readKey(path: string): Promise<KeyObject> {
  const mode = (await stat(path)).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw new HoldfastError('invalid', `key file ${path} can be read by others (mode ${mode.toString(8)})`, {
      treatment: { kind: 'human', wayOut: `chmod 600 ${path}` },
    });
  }
  const text = KEY_TEXT.exec(await readFile(path, 'utf8'))?.[1];
  if (text === undefined) {
    throw new HoldfastError('invalid', `key file ${path} is damaged: it is not one line "holdfast-key-1 …"`, {
      treatment: { kind: 'human', wayOut: 'put it back from a backup; without it nothing it sealed can be read' },
    });
  }
  return createSecretKey(Buffer.from(text, 'base64url'));
}

async function writeKey(dir: string, id: string, bytes: Uint8Array): Promise<SealingKey> {
  const path = join(dir, `${id}.key`);
  const draft = join(dir, `.${id}.draft`);
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`holdfast-key-1 ${Buffer.from(bytes).toString('base64url')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  // A link never replaces: the name appears with the whole key in it, or not at all.
  await link(draft, path);
  await unlink(draft);
  await syncDir(dir);
  return { id, secret: createSecretKey(bytes) };
}
