import { sha256 } from '../../kernel/digest.ts';
import type { ChangedFile, GitObjects, TreeChange, TreeEntry } from '../../platform/git/git-objects.ts';
import { REPOSITORY_FILE } from '../stacks/index.ts';
import { type AppLayer, layersDigest } from './app-layer.ts';
import { below, OUTPUT } from './cdktf-app.ts';
import { overlaidConfig } from './overlaid-config.ts';

/** Reads files of a synthesised stack out of its tar, by their paths in the working copy. */
export type ReadTar = (digest: string, paths: ReadonlySet<string>) => Promise<ReadonlyMap<string, Buffer>>;

interface View {
  readonly commit: string;
  readonly dirs: readonly string[];
  readonly digest: string;
  /** By path; the commit's own holdfast.yaml among them. */
  readonly entries: ReadonlyMap<string, TreeEntry>;
}

const SMALL = 1024 * 1024;

/** Objects of a repository in which some commits have, under a name of their own, synthesised stacks laid over them. */
export class OverlaidObjects implements GitObjects {
  readonly #git: GitObjects;
  readonly #readTar: ReadTar;
  readonly #views = new Map<string, View>();
  readonly #blobs = new Map<string, Buffer>();
  readonly #places = new Map<string, { readonly tar: string; readonly path: string }>();

  constructor(git: GitObjects, readTar: ReadTar) {
    this.#git = git;
    this.#readTar = readTar;
  }

  /** The name of a commit with these layers. */
  async lay(commit: string, layers: readonly AppLayer[]): Promise<string> {
    const digest = layersDigest(layers);
    const name = `${commit}+${digest}`;
    if (this.#views.has(name)) return name;
    const entries = new Map<string, TreeEntry>();
    for (const { stacks } of layers) {
      for (const stack of stacks) {
        for (const entry of stack.entries) {
          entries.set(entry.path, entry);
          this.#places.set(entry.sha, { tar: stack.tar, path: entry.path });
        }
      }
    }
    entries.set(REPOSITORY_FILE, await this.#config(commit, layers));
    this.#views.set(name, { commit, digest, dirs: layers.map(({ dir }) => dir).sort(), entries });
    return name;
  }

  async listTree(revision: string, dir?: string): Promise<TreeEntry[]> {
    const view = this.#views.get(revision);
    if (!view) return this.#git.listTree(revision, dir);
    const own = (await this.#git.listTree(view.commit, dir)).filter(({ path }) => isShown(view, path));
    const prefix = dir === undefined || dir === '' ? '' : `${dir}/`;
    return [...own, ...[...view.entries.values()].filter(({ path }) => path.startsWith(prefix))];
  }

  async treeId(revision: string): Promise<string | null> {
    const view = this.#views.get(revision);
    const id = await this.#git.treeId(view?.commit ?? revision);
    return view && id !== null ? `${id}+${view.digest}` : id;
  }

  async compare(base: string, head: string): Promise<TreeChange[]> {
    const [before, after] = [this.#views.get(base), this.#views.get(head)];
    if (!before && !after) return this.#git.compare(base, head);
    if (!before || !after || before.dirs.join('\0') !== after.dirs.join('\0')) {
      return compareLists(await this.listTree(base), await this.listTree(head));
    }
    const own = before.commit === after.commit ? [] : await this.#git.compare(before.commit, after.commit);
    const laid = compareLists([...before.entries.values()], [...after.entries.values()]);
    return [...own.filter(({ path }) => isShown(after, path)), ...laid];
  }

  async diff(base: string | null, head: string): Promise<ChangedFile[]> {
    if (base === null || !(this.#views.has(base) || this.#views.has(head))) return this.#git.diff(base, head);
    const [from, to] = [this.#commitOf(base), this.#commitOf(head)];
    const own = from === to ? [] : await this.#git.diff(from, to);
    const ownPaths = new Set(own.map(({ path }) => path));
    const laid = (await this.compare(base, head)).filter(({ path }) => !ownPaths.has(path));
    // An envelope alone is no change of the file that people see.
    const shown = laid.filter(({ path }) => path !== REPOSITORY_FILE);
    return [
      ...own,
      ...(from === to ? shown : shown.filter(({ path }) => this.#isLaid(path, base, head))).map(toChangedFile),
    ];
  }

  async readBlobs(shas: readonly string[], maxBytes = Number.POSITIVE_INFINITY): Promise<Map<string, Buffer>> {
    const wanted = new Map<string, Set<string>>();
    const found = await this.#git.readBlobs(
      shas.filter((sha) => !this.#blobs.has(sha) && !this.#places.has(sha)),
      maxBytes,
    );
    for (const sha of shas) {
      const bytes = this.#blobs.get(sha);
      if (bytes) found.set(sha, bytes);
      const place = this.#places.get(sha);
      if (place) wanted.set(place.tar, (wanted.get(place.tar) ?? new Set()).add(place.path));
    }
    for (const [tar, paths] of wanted) {
      const files = await this.#readTar(tar, paths);
      for (const sha of shas) {
        const place = this.#places.get(sha);
        const bytes = place?.tar === tar ? files.get(place.path) : undefined;
        if (bytes && bytes.length <= maxBytes) found.set(sha, bytes);
      }
    }
    return found;
  }

  resolve(revision: string) {
    return this.#git.resolve(this.#commitOf(revision));
  }

  commitInfo(commit: string) {
    return this.#git.commitInfo(this.#commitOf(commit));
  }

  mergeBase(a: string, b: string) {
    return this.#git.mergeBase(this.#commitOf(a), this.#commitOf(b));
  }

  isAncestor(ancestor: string, descendant: string) {
    return this.#git.isAncestor(this.#commitOf(ancestor), this.#commitOf(descendant));
  }

  archive(commit: string, paths: readonly string[] | null) {
    return this.#git.archive(this.#commitOf(commit), paths);
  }

  close() {
    return this.#git.close();
  }

  #commitOf(revision: string): string {
    return this.#views.get(revision)?.commit ?? revision;
  }

  #isLaid(path: string, base: string, head: string): boolean {
    return [base, head].some((revision) => this.#views.get(revision)?.entries.has(path));
  }

  async #config(commit: string, layers: readonly AppLayer[]): Promise<TreeEntry> {
    const own = (await this.#git.listTree(commit)).find(({ path }) => path === REPOSITORY_FILE);
    // One that is a link or too large is refused as it is.
    if (own && own.mode === '120000') return own;
    const original = own ? ((await this.#git.readBlobs([own.sha], SMALL)).get(own.sha) ?? null) : null;
    if (own && original === null) return own;
    const bytes = overlaidConfig(
      layers.flatMap(({ stacks }) => stacks.map(({ settings }) => settings)),
      original,
    );
    const sha = sha256(bytes).slice(0, 40);
    this.#blobs.set(sha, bytes);
    return { path: REPOSITORY_FILE, mode: '100644', sha };
  }
}

function isShown({ dirs }: View, path: string): boolean {
  return path !== REPOSITORY_FILE && !dirs.some((dir) => path.startsWith(below(dir, `${OUTPUT}/`)));
}

function compareLists(before: readonly TreeEntry[], after: readonly TreeEntry[]): TreeChange[] {
  const old = new Map(before.map((entry) => [entry.path, entry]));
  const changes: TreeChange[] = [];
  for (const entry of after) {
    const was = old.get(entry.path) ?? null;
    old.delete(entry.path);
    if (was?.sha !== entry.sha || was.mode !== entry.mode)
      changes.push({ path: entry.path, before: was, after: entry });
  }
  for (const entry of old.values()) changes.push({ path: entry.path, before: entry, after: null });
  return changes;
}

function toChangedFile({ path, before, after }: TreeChange): ChangedFile {
  return { path, previousPath: null, status: before === null ? 'added' : after === null ? 'deleted' : 'modified' };
}
