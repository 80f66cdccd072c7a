import { Readable } from 'node:stream';
import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { streamArchive } from './archive-stream.ts';
import { CatFile } from './cat-file.ts';
import { CommitComparer } from './compare-commits.ts';
import { gitArgv } from './git-argv.ts';
import type { GitTool } from './git-env.ts';
import { assertObjectId, isRevision, treePath } from './git-names.ts';
import type { ChangedFile, CommitInfo, GitObjects, TreeChange, TreeEntry } from './git-objects.ts';
import { runGit } from './git-runner.ts';
import { parseCommit, parseDiff, parseTree } from './parse-output.ts';
import { readBlobs } from './read-blobs.ts';
import { packSmallArchive } from './small-archive.ts';
import { TreeWalker } from './tree-walker.ts';

export interface LocalObjectsOptions {
  readonly tool: GitTool;
  /** A bare repository, or any directory of a checkout. */
  readonly dir: string;
  readonly clock: Clock;
}

/** Commits whose tree is remembered: two for each head that is looked at. */
const MAX_ROOTS = 1000;

/** Objects of a repository on this disk. Reads only, and talks to no remote. */
export class LocalObjects implements GitObjects {
  protected readonly tool: GitTool;
  protected readonly dir: string;
  readonly #check: CatFile;
  readonly #contents: CatFile;
  readonly #walker: TreeWalker;
  readonly #comparer: CommitComparer;
  readonly #roots = new Map<string, string>();
  /** Root trees that are not small as a whole: each run of a stack with an open closure would look again. */
  readonly #large = new Set<string>();

  constructor(options: LocalObjectsOptions) {
    this.tool = options.tool;
    this.dir = options.dir;
    this.#check = new CatFile({ ...options, mode: 'batch-check' });
    this.#contents = new CatFile({ ...options, mode: 'batch' });
    this.#walker = new TreeWalker(this.#contents);
    const treeId = (commit: string) => this.treeId(commit);
    this.#comparer = new CommitComparer({ ...options, walker: this.#walker, treeId });
  }

  async resolve(revision: string): Promise<string | null> {
    if (!isRevision(revision)) return null;
    return (await this.#check.ask(`${revision}^{commit}`)).sha;
  }

  async commitInfo(commit: string): Promise<CommitInfo> {
    const answer = await this.#contents.ask(assertObjectId(commit));
    if (answer.type !== 'commit' || !answer.content) throw vanished(commit);
    return parseCommit(commit, answer.content);
  }

  async listTree(commit: string, dir = ''): Promise<TreeEntry[]> {
    const path = treePath(dir);
    // A line of cat-file's input cannot name it.
    if (!isRevision(`:${path}`)) return (await this.listTree(commit)).filter((e) => e.path.startsWith(`${path}/`));
    const tree = await this.#check.ask(`${assertObjectId(commit)}:${path}`);
    if (tree.sha === null && (await this.resolve(commit)) === null) throw vanished(commit);
    // A directory that is not there, or a file in its place, holds no files.
    if (tree.sha === null || tree.type !== 'tree') return [];
    // One process lists a thousand directories faster than a thousand questions.
    if (path === '') return parseTree(await this.run(gitArgv.lsTree(commit)));
    return this.#walker.list(tree.sha, path === '' ? '' : `${path}/`);
  }

  async diff(base: string | null, head: string): Promise<ChangedFile[]> {
    if (base === null) {
      const files = await this.listTree(head);
      return files.map(({ path }) => ({ status: 'added', path, previousPath: null }));
    }
    if (base === head) return [];
    const files = (await this.compare(base, head)).map(toChangedFile);
    // Only where something went and something came can there be a rename, and how alike they are git knows.
    const mayRename = files.some((file) => file.status === 'added') && files.some((file) => file.status === 'deleted');
    return mayRename ? parseDiff(await this.run(gitArgv.diffTree(base, head))) : files;
  }

  compare(base: string, head: string): Promise<TreeChange[]> {
    return this.#comparer.compare(base, head);
  }

  async treeId(commit: string): Promise<string> {
    const known = this.#roots.get(commit);
    if (known !== undefined) return known;
    // Asked of the process that is asked for the trees themselves next: each has to look for new packs by itself.
    const { sha, type, content } = await this.#contents.ask(`${assertObjectId(commit)}^{tree}`);
    if (sha === null || type !== 'tree' || !content) throw vanished(commit);
    this.#walker.keep(sha, content);
    if (this.#roots.size >= MAX_ROOTS) this.#roots.clear();
    this.#roots.set(commit, sha);
    return sha;
  }

  async mergeBase(a: string, b: string): Promise<string | null> {
    const text = await this.run(gitArgv.mergeBase(a, b), [1]);
    return text.trim() || null;
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    return ancestor === descendant || (await this.mergeBase(ancestor, descendant)) === ancestor;
  }

  readBlobs(shas: readonly string[], maxBytes?: number): Promise<Map<string, Buffer>> {
    return readBlobs({ check: this.#check, contents: this.#contents }, shas, maxBytes);
  }

  archive(commit: string, paths: readonly string[] | null): Readable {
    return Readable.from(this.#archive(commit, paths), { objectMode: false });
  }

  /** What `archive` gives, at once; null where it is not small. */
  async packed(commit: string, paths: readonly string[] | null): Promise<Buffer | null> {
    const { sha: root } = await this.#check.ask(`${assertObjectId(commit)}^{tree}`);
    const source = {
      items: (tree: string) => this.#walker.items(tree),
      readBlobs: (shas: readonly string[], maxBytes: number) => this.readBlobs(shas, maxBytes),
    };
    if (root === null || (paths === null && this.#large.has(root))) return null;
    const archive = await packSmallArchive(source, root, paths);
    if (archive === null && paths === null) {
      if (this.#large.size >= MAX_ROOTS) this.#large.clear();
      this.#large.add(root);
    }
    return archive;
  }

  async close(): Promise<void> {
    await Promise.all([this.#check.close(), this.#contents.close(), this.#comparer.close()]);
  }

  async *#archive(commit: string, paths: readonly string[] | null): AsyncGenerator<Buffer> {
    const packed = await this.packed(commit, paths);
    if (packed !== null) yield packed;
    else yield* streamArchive(this.tool, this.dir, commit, paths);
  }

  protected run(args: readonly string[], emptyOn: readonly number[] = []): Promise<string> {
    return runGit(this.tool, { args, dir: this.dir, emptyOn });
  }
}

/** Opens a checkout or a bare repository for reading, as `holdfast changed` does. */
export function openGitObjects(options: LocalObjectsOptions): GitObjects {
  return new LocalObjects(options);
}

/** Addresses of the remotes of a checkout (each record of git's answer is a key, a line feed and the address). */
export async function readRemoteUrls({ tool, dir }: Omit<LocalObjectsOptions, 'clock'>): Promise<string[]> {
  const text = await runGit(tool, { args: gitArgv.remoteUrls(), dir, emptyOn: [1] });
  return text.split('\0').flatMap((record) => record.split('\n')[1] ?? []);
}

function toChangedFile({ path, before, after }: TreeChange): ChangedFile {
  if (!before) return { status: 'added', path, previousPath: null };
  if (!after) return { status: 'deleted', path, previousPath: null };
  // A file, a link and a submodule are types; the executable bit is none.
  const isSameType = before.mode.slice(0, 3) === after.mode.slice(0, 3);
  return { status: isSameType ? 'modified' : 'type_changed', path, previousPath: null };
}

function vanished(commit: string): HoldfastError {
  return new HoldfastError('gone', `commit ${commit} vanished from the repository`, {
    treatment: {
      kind: 'human',
      wayOut: 'it was dropped by a force-push, or the clone is shallow; push or fetch it again',
    },
  });
}
