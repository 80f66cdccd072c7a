import { HoldfastError } from '../../kernel/errors.ts';
import type { GitObjects } from '../../platform/git/git-objects.ts';
import type { BlobParser } from '../../platform/hcl/blob-parser.ts';
import { MAX_PARSED_BYTES, type ParsedFile, unreadableFile } from '../../platform/hcl/parsed-file.ts';
import { type BlobKey, keyText, type ParseCache } from './parse-cache.ts';
import type { FactLookup } from './repository-tree.ts';

export interface BlobFactsOptions {
  readonly parser: BlobParser;
  readonly cache: ParseCache;
  /** Files remembered in memory over builds. Default 20,000. */
  readonly remembered?: number;
}

/** What one build of a graph looks things up in; everything it was given stays until it is done. */
export interface FactSession extends FactLookup {
  /** Asks for a blob ahead of need. */
  want(key: BlobKey): void;
  /** Reads all that was asked for and not known. Answers whether there was anything. */
  fill(objects: Pick<GitObjects, 'readBlobs'>): Promise<boolean>;
}

const CHUNK = 256;

/** What blobs say: from memory, else from the cache, else by reading and parsing them. */
export class BlobFacts {
  readonly #options: BlobFactsOptions;
  readonly #remembered = new Map<string, ParsedFile>();

  constructor(options: BlobFactsOptions) {
    this.#options = options;
  }

  open(): FactSession {
    const held = new Map<string, ParsedFile>();
    const wanted = new Map<string, BlobKey>();
    const look = (key: BlobKey): ParsedFile | null => {
      const text = keyText(key);
      const known = held.get(text) ?? this.#remembered.get(text);
      if (known) held.set(text, known);
      else wanted.set(text, key);
      return known ?? null;
    };
    return {
      get: (sha, kind) => look({ sha, kind }),
      want: look,
      fill: async (objects) => {
        const keys = [...wanted.values()];
        wanted.clear();
        for (let i = 0; i < keys.length; i += CHUNK) {
          for (const [text, file] of await this.#load(keys.slice(i, i + CHUNK), objects)) held.set(text, file);
        }
        return keys.length > 0;
      },
    };
  }

  async #load(keys: readonly BlobKey[], objects: Pick<GitObjects, 'readBlobs'>): Promise<Map<string, ParsedFile>> {
    const found = await this.#options.cache.getMany(keys);
    const missing = keys.filter((key) => !found.has(keyText(key)));
    for (const { key, file } of await this.#parse(missing, objects)) found.set(keyText(key), file);
    for (const [text, file] of found) this.#remember(text, file);
    return found;
  }

  async #parse(
    keys: readonly BlobKey[],
    objects: Pick<GitObjects, 'readBlobs'>,
  ): Promise<{ key: BlobKey; file: ParsedFile }[]> {
    if (keys.length === 0) return [];
    const blobs = await objects.readBlobs([...new Set(keys.map((key) => key.sha))], MAX_PARSED_BYTES);
    const present = keys.filter((key) => blobs.has(key.sha));
    const jobs = present.map((key) => ({ kind: key.kind, bytes: blobs.get(key.sha) ?? new Uint8Array() }));
    const files = await this.#options.parser.parse(jobs);
    const parsed = present.map((key, i) => {
      const file = files[i];
      if (!file) throw new HoldfastError('internal', `blob ${key.sha} was not parsed`);
      return { key, file };
    });
    await this.#options.cache.putMany(parsed);
    const absent = keys.filter((key) => !blobs.has(key.sha));
    return [...parsed, ...absent.map((key) => ({ key, file: unreadableFile('the file is larger than 5 MB') }))];
  }

  /** Least recently loaded goes first. */
  #remember(text: string, file: ParsedFile): void {
    this.#remembered.delete(text);
    this.#remembered.set(text, file);
    const limit = this.#options.remembered ?? 20_000;
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= limit) return;
      this.#remembered.delete(oldest);
    }
  }
}
