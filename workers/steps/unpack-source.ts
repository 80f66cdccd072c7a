import { closeSync, lstatSync, mkdirSync, openSync, symlinkSync, writeSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Parser, type ReadEntry } from 'tar';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { fileDigest } from '../tree/file-digest.ts';
import { kindOf, partsOf, refused, staysInside } from './tar-entry-check.ts';

export interface UnpackLimits {
  readonly entries: number;
  readonly bytes: number;
}

export interface UnpackOptions extends Partial<UnpackLimits> {
  /** Gets the SHA-256 of every small file by its path, as it was written. */
  readonly digests?: Map<string, string>;
}

const UNPACK_LIMITS: UnpackLimits = { entries: 200_000, bytes: 4 * 1024 ** 3 };

/** A small file is written at once: three hops to the thread pool would cost ten times the write. */
const SMALL = 64 * 1024;

/**
 * Unpacks a source tar into `target`, which is emptied first, as a plain clone would lie there: files with their executable
 * bit, directories, and links that stay inside the tree. Anything else refuses the whole source with `invalid`.
 */
export async function unpackSource(tar: Readable, target: string, options: UnpackOptions = {}): Promise<void> {
  if (lstatSync(target, { throwIfNoEntry: false })) await rm(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const tree = new TreeWriter(target, options);
  const parser = new Parser({ strict: true });
  let failure: unknown = null;
  const adding = new Set<Promise<void>>();
  const failed = new Promise<never>((_, reject) => {
    const fail = (error: unknown) => {
      failure ??= error;
      reject(failure);
    };
    parser.on('error', (error: unknown) => fail(badArchive(error)));
    parser.on('ignoredEntry', (entry: ReadEntry) => fail(refused(entry.path, `is of an unknown type (${entry.type})`)));
    parser.on('entry', (entry: ReadEntry) => {
      const added = tree.add(entry).catch(fail);
      adding.add(added);
      added.finally(() => adding.delete(added));
    });
    tar.on('error', fail);
  });
  failed.catch(() => {}); // it may fail while nobody waits; the awaits below see `failure`
  try {
    const ended = new Promise((resolve) => parser.on('end', resolve));
    for await (const chunk of tar) {
      if (failure) throw failure;
      if (parser.write(chunk as Buffer)) continue;
      await Promise.race([new Promise((resolve) => parser.once('drain', resolve)), failed]);
    }
    parser.end();
    await Promise.race([ended, failed]);
    await Promise.all(adding);
    if (failure) throw failure;
    tree.makeLinks();
  } finally {
    tar.destroy();
  }
}

function badArchive(cause: unknown): HoldfastError {
  return new HoldfastError('away', 'the source archive came incomplete or damaged from the control plane', { cause });
}

/** Lays out entries below one directory; nothing is ever written through a link, because links come last. */
class TreeWriter {
  readonly #root: string;
  readonly #limits: UnpackLimits;
  readonly #digests: Map<string, string> | undefined;
  readonly #directories = new Set<string>(['']);
  readonly #links = new Map<string, string>();
  #entries = 0;
  #bytes = 0;

  constructor(root: string, { digests, ...limits }: UnpackOptions) {
    this.#root = root;
    this.#digests = digests;
    this.#limits = { ...UNPACK_LIMITS, ...limits };
  }

  async add(entry: ReadEntry): Promise<void> {
    const kind = kindOf(entry.type, entry.path);
    const parts = partsOf(entry.path);
    const path = parts.join('/');
    this.#count(entry.size);
    if (kind === 'directory') {
      this.#directory(parts);
      entry.resume();
      return;
    }
    this.#directory(parts.slice(0, -1));
    if (kind === 'link') {
      if (this.#links.has(path)) throw refused(path, 'stands twice in the source archive');
      this.#links.set(path, entry.linkpath ?? '');
      entry.resume();
      return;
    }
    const mode = ((entry.mode ?? 0) & 0o100) === 0 ? 0o644 : 0o755;
    await this.#file(path, mode, entry);
  }

  /** Makes the links, once every one of them is known to stay inside. */
  makeLinks(): void {
    for (const [path, target] of this.#links) {
      if (target !== '' && !target.includes('\0') && staysInside(path, this.#links)) continue;
      throw refused(path, `is a link to \`${target.slice(0, 300)}\`, which leaves the repository`);
    }
    for (const [path, target] of this.#links) this.#once(path, () => symlinkSync(target, join(this.#root, path)));
  }

  #count(size: number): void {
    this.#entries++;
    this.#bytes += size;
    const { entries, bytes } = this.#limits;
    if (this.#entries > entries) throw tooLarge(`more than ${entries} files`);
    if (this.#bytes > bytes) throw tooLarge(`more than ${Math.round(bytes / 1024 ** 2)} MB`);
  }

  #directory(parts: readonly string[]): void {
    const path = parts.join('/');
    if (this.#directories.has(path)) return;
    this.#directory(parts.slice(0, -1));
    this.#once(path, () => mkdirSync(join(this.#root, path)));
    this.#directories.add(path);
  }

  async #file(path: string, mode: number, entry: ReadEntry): Promise<void> {
    const file = join(this.#root, path);
    if (entry.size <= SMALL) {
      const bytes = await entry.concat();
      this.#digests?.set(path, fileDigest.ofBytes(bytes));
      this.#once(path, () => {
        const fd = openSync(file, 'wx', mode);
        try {
          writeSync(fd, bytes);
        } finally {
          closeSync(fd);
        }
      });
      return;
    }
    const handle = await open(file, 'wx', mode);
    try {
      for await (const chunk of entry) await handle.writeFile(chunk);
    } finally {
      await handle.close();
    }
  }

  /** Two entries of one path, or a file where a directory is needed, are no tree that git makes. */
  #once(path: string, make: () => void): void {
    try {
      make();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      if (code === 'EEXIST' || code === 'ENOTDIR') throw refused(path, 'stands twice in the source archive');
      throw error;
    }
  }
}

function tooLarge(what: string): HoldfastError {
  return new HoldfastError('too_large', `the source of this stack holds ${what}`, {
    treatment: {
      kind: 'human',
      wayOut: 'keep large data out of the repository, or give the stack a repository of its own',
    },
  });
}
