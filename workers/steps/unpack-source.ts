import { closeSync, lstatSync, mkdirSync, openSync, symlinkSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { fileDigest } from '../tree/file-digest.ts';
import { DamagedTar, type TarEntry, TarReader, type TarSink } from './read-tar.ts';
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
const SMALL = 64 * 1024;

/**
 * Unpacks a source tar into `target`, which is emptied first, as a plain clone would lie there: files with their executable
 * bit, directories, and links that stay inside the tree. Anything else refuses the whole source with `invalid`.
 */
export async function unpackSource(tar: Readable, target: string, options: UnpackOptions = {}): Promise<void> {
  if (lstatSync(target, { throwIfNoEntry: false })) await rm(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const tree = new TreeWriter(target, options);
  const reader = new TarReader(tree);
  try {
    // Written at once, chunk by chunk: hops to the thread pool would cost ten times the writes.
    for await (const chunk of tar) reader.push(chunk as Buffer);
    reader.finish();
    tree.makeLinks();
  } catch (error) {
    throw error instanceof DamagedTar ? badArchive(error) : error;
  } finally {
    tree.close();
    tar.destroy();
  }
}

function badArchive(cause: unknown): HoldfastError {
  return new HoldfastError('away', 'the source archive came incomplete or damaged from the control plane', { cause });
}

/** Lays out entries below one directory; nothing is ever written through a link, because links come last. */
class TreeWriter implements TarSink {
  readonly #root: string;
  readonly #limits: UnpackLimits;
  readonly #digests: Map<string, string> | undefined;
  readonly #directories = new Set<string>(['']);
  readonly #links = new Map<string, string>();
  #entries = 0;
  #bytes = 0;
  /** The file that is being written, and its bytes where its digest is wanted. */
  #file: { readonly fd: number; readonly path: string; readonly kept: Buffer[] | null } | null = null;

  constructor(root: string, { digests, ...limits }: UnpackOptions) {
    this.#root = root;
    this.#digests = digests;
    this.#limits = { ...UNPACK_LIMITS, ...limits };
  }

  begin(entry: TarEntry): void {
    const kind = kindOf(entry.type, entry.path);
    const parts = partsOf(entry.path);
    const path = parts.join('/');
    this.#count(entry.size);
    this.#directory(kind === 'directory' ? path : directoryOf(path));
    if (kind === 'directory') return;
    if (kind === 'link') {
      if (this.#links.has(path)) throw refused(path, 'stands twice in the source archive');
      this.#links.set(path, entry.linkpath);
      return;
    }
    const mode = (entry.mode & 0o100) === 0 ? 0o644 : 0o755;
    this.#once(path, () => {
      const fd = openSync(`${this.#root}/${path}`, 'wx', mode);
      this.#file = { fd, path, kept: this.#digests && entry.size <= SMALL ? [] : null };
    });
  }

  data(bytes: Buffer): void {
    if (this.#file === null) return;
    this.#file.kept?.push(bytes);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file.fd, bytes, at);
  }

  end(): void {
    const { path, kept } = this.#file ?? {};
    if (path !== undefined && kept) this.#digests?.set(path, fileDigest.ofBytes(Buffer.concat(kept)));
    this.close();
  }

  /** Closes the file that is being written. */
  close(): void {
    const file = this.#file;
    this.#file = null;
    if (file !== null) closeSync(file.fd);
  }

  /** Makes the links, once every one of them is known to stay inside. */
  makeLinks(): void {
    for (const [path, target] of this.#links) {
      if (target !== '' && !target.includes('\0') && staysInside(path, this.#links)) continue;
      throw refused(path, `is a link to \`${target.slice(0, 300)}\`, which leaves the repository`);
    }
    for (const [path, target] of this.#links) this.#once(path, () => symlinkSync(target, `${this.#root}/${path}`));
  }

  #count(size: number): void {
    this.#entries++;
    this.#bytes += size;
    const { entries, bytes } = this.#limits;
    if (this.#entries > entries) throw tooLarge(`more than ${entries} files`);
    if (this.#bytes > bytes) throw tooLarge(`more than ${Math.round(bytes / 1024 ** 2)} MB`);
  }

  #directory(path: string): void {
    if (this.#directories.has(path)) return;
    this.#directory(directoryOf(path));
    this.#once(path, () => mkdirSync(`${this.#root}/${path}`));
    this.#directories.add(path);
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

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function tooLarge(what: string): HoldfastError {
  return new HoldfastError('too_large', `the source of this stack holds ${what}`, {
    treatment: {
      kind: 'human',
      wayOut: 'keep large data out of the repository, or give the stack a repository of its own',
    },
  });
}
