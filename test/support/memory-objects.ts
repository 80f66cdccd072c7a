import type { Readable } from 'node:stream';
import { sha256 } from '../../src/kernel/digest.ts';
import type { ChangedFile, CommitInfo, GitObjects, TreeChange, TreeEntry } from '../../src/platform/git/git-objects.ts';

/** Content of a file; a link is written as `{link: target}`, a submodule as `{submodule: sha}`. */
export type MemoryFile = string | { readonly link: string } | { readonly submodule: string };
export type MemoryFiles = Readonly<Record<string, MemoryFile>>;

/** Commits held in memory, in the order of adding; each is the parent of the next. */
export class MemoryObjects implements GitObjects {
  readonly #commits: { id: string; files: MemoryFiles }[] = [];
  readonly #blobs = new Map<string, Buffer>();
  /** Blobs that were asked for, to see what a cache saved. */
  reads = 0;

  /** Adds a commit with exactly these files. */
  commit(files: MemoryFiles): string {
    const id = sha256(`${this.#commits.length} ${JSON.stringify(files)}`).slice(0, 40);
    this.#commits.push({ id, files });
    return id;
  }

  async resolve(revision: string): Promise<string | null> {
    return this.#commits.find((commit) => commit.id === revision)?.id ?? null;
  }

  async commitInfo(commit: string): Promise<CommitInfo> {
    return { commit, author: 'Ada <ada@example.com>', subject: 'a change', authoredAt: 0, parents: [] };
  }

  async listTree(commit: string): Promise<TreeEntry[]> {
    return Object.entries(this.#filesOf(commit)).map(([path, file]) => this.#entry(path, file));
  }

  async treeId(): Promise<null> {
    return null;
  }

  async compare(base: string, head: string): Promise<TreeChange[]> {
    const before = this.#filesOf(base);
    const after = this.#filesOf(head);
    return (await this.diff(base, head)).map(({ path }) => ({
      path,
      before: before[path] === undefined ? null : this.#entry(path, before[path]),
      after: after[path] === undefined ? null : this.#entry(path, after[path]),
    }));
  }

  async diff(base: string | null, head: string): Promise<ChangedFile[]> {
    const before = base === null ? {} : this.#filesOf(base);
    const after = this.#filesOf(head);
    const paths = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...paths].flatMap((path): ChangedFile[] => {
      if (JSON.stringify(before[path]) === JSON.stringify(after[path])) return [];
      const status = before[path] === undefined ? 'added' : after[path] === undefined ? 'deleted' : 'modified';
      return [{ status, path, previousPath: null }];
    });
  }

  async mergeBase(a: string): Promise<string | null> {
    return a;
  }

  async isAncestor(): Promise<boolean> {
    return true;
  }

  async readBlobs(shas: readonly string[], maxBytes = Number.POSITIVE_INFINITY): Promise<Map<string, Buffer>> {
    const out = new Map<string, Buffer>();
    for (const sha of shas) {
      const blob = this.#blobs.get(sha);
      if (blob && blob.length <= maxBytes) out.set(sha, blob);
    }
    this.reads += shas.length;
    return out;
  }

  archive(): Readable {
    throw new Error('memory has no archives');
  }

  async close(): Promise<void> {}

  #filesOf(commit: string): MemoryFiles {
    const found = this.#commits.find((one) => one.id === commit);
    if (!found) throw new Error(`commit ${commit} vanished`);
    return found.files;
  }

  #entry(path: string, file: MemoryFile): TreeEntry {
    if (typeof file !== 'string' && 'submodule' in file) return { path, mode: '160000', sha: file.submodule };
    const content = typeof file === 'string' ? file : file.link;
    const sha = sha256(content).slice(0, 40);
    this.#blobs.set(sha, Buffer.from(content));
    return { path, mode: typeof file === 'string' ? '100644' : '120000', sha };
  }
}
