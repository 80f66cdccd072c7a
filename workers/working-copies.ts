import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readOrNull } from '../src/platform/process/call-directory.ts';
import { mayHoldState } from './apply/unsearched.ts';
import { removeTree } from './remove-tree.ts';
import { dropList, pruneLists } from './tree/plan-tree.ts';

/** What becomes of a working copy when its run stops moving. */
export type CopyRest = 'keep' | 'remove';

/** How a run wants its copy: empty; as it was kept; or untouched, because an engine of an earlier life may be in it. */
export type CopyWanted = 'fresh' | 'kept' | 'running';

/**
 * The checkouts of a root. `work/<key>` is the same path in every run of a stack, and belongs to one run at a time;
 * `kept/<run>` is the copy of a run that waits for approval; `trash/` is on its way out. All on one file system.
 */
export class WorkingCopies {
  readonly #root: string;
  readonly #kept: Set<string>;
  readonly #held = new Map<string, Promise<void>>();
  #trashed = 0;

  private constructor(root: string, kept: Set<string>) {
    this.#root = root;
    this.#kept = kept;
  }

  /** Opens a root's copies; what an earlier life threw away goes now. */
  static async open(root: string): Promise<WorkingCopies> {
    for (const folder of ['work', 'kept', 'owners', 'runs', 'rescued'])
      await mkdir(join(root, folder), { recursive: true, mode: 0o700 });
    await rm(join(root, 'trash'), { recursive: true, force: true });
    await mkdir(join(root, 'trash'), { mode: 0o700 });
    const kept = new Set(await readdir(join(root, 'kept')));
    const owners = (await readdir(join(root, 'owners'))).map((key) => readFileSync(join(root, 'owners', key), 'utf8'));
    pruneLists(root, new Set([...kept, ...owners]));
    return new WorkingCopies(root, kept);
  }

  /** Runs whose copies lie under `kept/`. */
  get kept(): readonly string[] {
    return [...this.#kept];
  }

  /** Waits for the copy of a stack, then makes it this run's. The answer lets go of it again. */
  async take(key: string, run: string, wanted: CopyWanted): Promise<(rest: CopyRest) => Promise<void>> {
    while (this.#held.has(key)) await this.#held.get(key);
    let free = () => {};
    this.#held.set(key, new Promise<void>((resolve) => (free = resolve)));
    try {
      await this.#settle(key, run, wanted);
    } catch (error) {
      this.#release(key, free);
      throw error;
    }
    return async (rest) => {
      try {
        await this.#rest(key, run, rest);
      } finally {
        this.#release(key, free);
      }
    };
  }

  /** Whose copy lies in `work/<key>`; null where it is nobody's. */
  async ownerOf(key: string): Promise<string | null> {
    // An empty file is what a full disk left of one.
    return (await readOrNull(this.#ownerFile(key))) || null;
  }

  /**
   * Puts aside what a worker left in its place that died after its run was acknowledged: whether that run still counts, the
   * control plane says (`release`). Copies of `there`, the runs that have a directory, stay: their engines may live.
   */
  async setLeftAside(there: ReadonlySet<string>): Promise<void> {
    for (const key of await readdir(join(this.#root, 'owners'))) {
      const owner = await this.ownerOf(key);
      if (owner === null || there.has(owner) || this.#held.has(key)) continue;
      await this.#moveAside(join(this.#root, 'work', key), owner);
      rmSync(this.#ownerFile(key), { force: true });
    }
  }

  /** Removes the kept copies of runs that nobody will apply any more; not of one that may hold a state which is stored nowhere. */
  async discard(runs: readonly string[]): Promise<void> {
    for (const run of runs.filter((one) => this.#kept.has(one))) {
      if (mayHoldState(this.#root, run)) continue;
      this.#kept.delete(run);
      dropList(this.#root, run);
      await this.throwAway(join(this.#root, 'kept', run));
    }
  }

  /** Removes anything under the root: out of the way in one step, off the disk in time. */
  async throwAway(path: string): Promise<void> {
    const away = join(this.#root, 'trash', `${process.pid}-${this.#trashed++}`);
    if (!renameIfThere(path, away)) return;
    // What stays is taken by the next start.
    void removeTree(away);
  }

  async #settle(key: string, run: string, wanted: CopyWanted): Promise<void> {
    const work = join(this.#root, 'work', key);
    const owner = await this.ownerOf(key);
    // A worker died between the two: whether that run still counts, the control plane says (`release`).
    if (owner !== null && owner !== run) await this.#moveAside(work, owner);
    if (wanted === 'fresh' || (owner === null && wanted === 'kept')) await this.throwAway(work);
    if (wanted === 'fresh') await this.discard([run]);
    if (this.#kept.has(run) && !(wanted === 'running' && owner === run)) {
      await this.throwAway(work);
      renameIfThere(join(this.#root, 'kept', run), work);
      this.#kept.delete(run);
    }
    if (owner !== run) this.#recordOwner(key, run, wanted);
  }

  /** Throws where that cannot be written, after what the run had is put aside again: the next try finds it there. */
  #recordOwner(key: string, run: string, wanted: CopyWanted): void {
    try {
      writeFileSync(this.#ownerFile(key), run, { mode: 0o600 });
    } catch (error) {
      rmSync(this.#ownerFile(key), { force: true });
      // Not from under an engine that may live in it.
      if (wanted === 'running') throw error;
      const kept = join(this.#root, 'kept', run);
      if (!lstatSync(kept, { throwIfNoEntry: false }) && renameIfThere(join(this.#root, 'work', key), kept)) {
        this.#kept.add(run);
      }
      throw error;
    }
  }

  async #rest(key: string, run: string, rest: CopyRest): Promise<void> {
    const work = join(this.#root, 'work', key);
    if (rest === 'keep') await this.#moveAside(work, run);
    else {
      dropList(this.#root, run);
      await this.throwAway(work);
    }
    rmSync(this.#ownerFile(key), { force: true });
  }

  async #moveAside(work: string, run: string): Promise<void> {
    const kept = join(this.#root, 'kept', run);
    await this.throwAway(kept);
    if (renameIfThere(work, kept)) this.#kept.add(run);
  }

  #ownerFile(key: string): string {
    return join(this.#root, 'owners', key);
  }

  #release(key: string, free: () => void): void {
    this.#held.delete(key);
    free();
  }
}

/** At once: a hop to the thread pool costs ten times as much as a rename. */
function renameIfThere(from: string, to: string): boolean {
  if (!lstatSync(from, { throwIfNoEntry: false })) return false;
  renameSync(from, to);
  return true;
}
