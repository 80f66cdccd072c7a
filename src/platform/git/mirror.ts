import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { runTool } from '../process/spawn-tool.ts';
import { BASE_REF, gitArgv, type HoldfastRef, keepRef } from './git-argv.ts';
import { buildGitEnv, type GitTool } from './git-env.ts';
import { gitFailureOf } from './git-failure.ts';
import { assertObjectId, branchRef } from './git-names.ts';
import type { GitMirror } from './git-objects.ts';
import type { GitRemote } from './git-remote.ts';
import { runGit } from './git-runner.ts';
import { LocalObjects } from './local-objects.ts';
import { type RemoteFiles, writeRemoteFiles } from './remote-files.ts';
import { RemoteRefs } from './remote-refs.ts';
import { removeStaleLocks } from './stale-locks.ts';
import { writeFileRef } from './write-file-ref.ts';

/** A mirror as the watcher needs it, beyond what readers see. */
export interface WatchedMirror extends GitMirror {
  /** Some branches of the remote (at most 20); none: the repository is empty. */
  remoteBranches(): Promise<string[]>;
  /** What `archive` gives, at once; null where it is not small. */
  packed(commit: string, paths: readonly string[] | null): Promise<Buffer | null>;
  /** Keeps the commit changes are computed from, instead of the one kept before. */
  keepBase(commit: string): Promise<void>;
  /** Packs the mirror when it has `limit` packs (default 50). Slow: never on the way of a push. */
  maintain(limit?: number): Promise<void>;
}

export interface MirrorOptions {
  readonly tool: GitTool;
  /** The bare repository; made where it is missing. */
  readonly dir: string;
  readonly remote: GitRemote;
  readonly clock: Clock;
}

/** What a plain clone would check out, whatever the repository's own attributes say about archives. */
const ATTRIBUTES = '* -export-ignore -export-subst\n';
const FETCH_SILENCE_MS = 120_000;
const MANY_PACKS = 50;

/** Opens the bare mirror of a repository. It talks to nobody yet; the address is not stored in it, so a changed one holds at once. */
export async function openMirror(options: MirrorOptions): Promise<WatchedMirror> {
  const files = await writeRemoteFiles(options.tool.home, options.remote);
  const mirror = new Mirror(options, files);
  await mirror.prepare();
  return mirror;
}

class Mirror extends LocalObjects implements WatchedMirror {
  readonly path: string;
  readonly #remote: GitRemote;
  readonly #files: RemoteFiles;
  readonly #refs: RemoteRefs;
  readonly #clock: Clock;
  readonly #closing = new AbortController();

  constructor(options: MirrorOptions, files: RemoteFiles) {
    super(options);
    this.path = options.dir;
    this.#remote = options.remote;
    this.#files = files;
    this.#clock = options.clock;
    // Started in the folder above: the mirror itself may just have been removed by hand.
    this.#refs = new RemoteRefs({ ...options, files, dir: dirname(options.dir), signal: this.#closing.signal });
  }

  async prepare(): Promise<void> {
    const isThere = await stat(join(this.path, 'HEAD')).then(
      () => true,
      () => false,
    );
    if (!isThere) {
      await mkdir(this.path, { recursive: true, mode: 0o700 });
      await this.#git(gitArgv.init(this.path));
    }
    const attributes = join(this.path, 'info', 'attributes');
    if ((await readFile(attributes, 'utf8').catch(() => null)) === ATTRIBUTES) return;
    await mkdir(dirname(attributes), { recursive: true });
    await writeFile(attributes, ATTRIBUTES);
  }

  remoteHead(branch: string): Promise<string | null> {
    return this.#refs.head(branch);
  }

  remoteBranches(): Promise<string[]> {
    return this.#refs.branches();
  }

  async fetch(): Promise<void> {
    await this.prepare();
    try {
      await this.#fetchOnce();
    } catch (error) {
      const isFreed = gitFailureOf(error) === 'locked' && (await removeStaleLocks(this.path, this.#clock.now())) > 0;
      if (!isFreed) throw error;
      await this.#fetchOnce();
    }
  }

  async localHead(branch: string): Promise<string | null> {
    return this.resolve(branchRef(branch));
  }

  keep(commit: string): Promise<void> {
    return this.#updateRef(keepRef(commit), commit);
  }

  async release(commit: string): Promise<void> {
    await this.#tool(gitArgv.deleteRef(keepRef(commit)));
  }

  keepBase(commit: string): Promise<void> {
    return this.#updateRef(BASE_REF, commit);
  }

  async maintain(limit = MANY_PACKS): Promise<void> {
    const files = await readdir(join(this.path, 'objects', 'pack')).catch(() => []);
    if (files.filter((name) => name.endsWith('.pack')).length < limit) return;
    await this.#git(gitArgv.gc(), 30 * 60_000);
  }

  override async close(): Promise<void> {
    this.#closing.abort();
    await super.close();
    await this.#files.dispose();
  }

  async #fetchOnce(): Promise<void> {
    const remote = { remote: this.#remote, files: this.#files };
    const args = gitArgv.fetch(this.#refs.url);
    await runGit(this.tool, {
      args,
      dir: this.path,
      remote,
      silenceMs: FETCH_SILENCE_MS,
      signal: this.#closing.signal,
    });
  }

  async #updateRef(ref: HoldfastRef, commit: string): Promise<void> {
    const signal = this.#closing.signal;
    if ((await this.resolve(assertObjectId(commit))) === null) {
      throw new HoldfastError('gone', `commit ${commit} vanished from the repository`);
    }
    if (await writeFileRef({ dir: this.path, ref, commit, clock: this.#clock, signal })) return;
    const { exitCode, stderr } = await this.#tool(gitArgv.updateRef(ref, commit));
    if (exitCode === 0 || (await this.resolve(ref)) === commit) return;
    throw new HoldfastError('internal', `${ref} could not be written in ${this.path}`, {
      cause: new Error(stderr.trim().slice(0, 300)),
    });
  }

  /** For commands that print nothing, after which simple-git would wait another 50 ms. */
  #tool(args: readonly string[]) {
    const env = buildGitEnv(this.tool, { remote: null });
    return runTool({ file: this.tool.binary, args, cwd: this.path, env, signal: this.#closing.signal });
  }

  async #git(args: readonly string[], silenceMs = 60_000): Promise<void> {
    await runGit(this.tool, { args, dir: this.path, silenceMs, signal: this.#closing.signal });
  }
}
