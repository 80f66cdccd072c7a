import { readFileHead } from './file-refs.ts';
import { gitArgv } from './git-argv.ts';
import type { GitTool } from './git-env.ts';
import { branchRef, isObjectId } from './git-names.ts';
import type { GitRemote } from './git-remote.ts';
import { type GitRun, runGit } from './git-runner.ts';
import { HttpRefs, NeedsGit } from './http-refs.ts';
import type { RemoteFiles } from './remote-files.ts';

const BRANCHES_SHOWN = 20;

export interface RemoteRefsOptions {
  readonly tool: GitTool;
  readonly remote: GitRemote;
  readonly files: RemoteFiles;
  /** Where git is started. */
  readonly dir: string;
  readonly signal: AbortSignal;
}

/** Asks a remote for its heads in the cheapest way it allows: an HTTP request, a file, else `git ls-remote`. */
export class RemoteRefs {
  readonly #options: RemoteRefsOptions;
  #http: HttpRefs | null;

  constructor(options: RemoteRefsOptions) {
    this.#options = options;
    const { remote, tool } = options;
    // Node's fetch knows no proxies, git does.
    this.#http = remote.kind === 'http' && !hasProxy(tool, remote.protocol) ? new HttpRefs(remote) : null;
  }

  /** What `git fetch` should use: the configured address, or where its own host redirected it. */
  get url(): string {
    return this.#http?.url ?? this.#options.remote.url;
  }

  /** Head of the branch; null where it is missing. */
  async head(branch: string): Promise<string | null> {
    const ref = branchRef(branch);
    const { remote } = this.#options;
    if (remote.kind === 'file') {
      const sha = await readFileHead(remote.url, branch);
      if (sha !== undefined) return sha;
    }
    // The prefix also fits `main2` and `main/x`, but the ref itself always comes first.
    const refs = await this.#list(ref, branch, 1);
    return refs.find(({ name }) => name === ref)?.sha ?? null;
  }

  /** Names of some branches there (at most 20): none means that the repository is empty. */
  async branches(): Promise<string[]> {
    const refs = await this.#list('refs/heads/', null, BRANCHES_SHOWN);
    return refs.slice(0, BRANCHES_SHOWN).map(({ name }) => name.slice('refs/heads/'.length));
  }

  async #list(prefix: string, branch: string | null, limit: number) {
    if (this.#http) {
      try {
        return await this.#http.list(prefix, limit, this.#options.signal);
      } catch (error) {
        if (!(error instanceof NeedsGit)) throw error;
        this.#http = null;
      }
    }
    return this.#lsRemote(branch);
  }

  async #lsRemote(branch: string | null) {
    const { tool, dir, signal, remote, files } = this.#options;
    const run: GitRun = { args: gitArgv.lsRemote(remote.url, branch), dir, signal, remote: { remote, files } };
    const text = await runGit(tool, { ...run, silenceMs: 30_000 });
    return text
      .split('\n')
      .map((line) => line.split('\t'))
      .flatMap(([sha, name]) => (sha && name && isObjectId(sha) ? [{ sha, name }] : []));
  }
}

function hasProxy(tool: GitTool, protocol: 'http' | 'https'): boolean {
  const names = protocol === 'https' ? ['HTTPS_PROXY', 'https_proxy'] : ['http_proxy', 'HTTP_PROXY'];
  return [...names, 'ALL_PROXY', 'all_proxy'].some((name) => tool.hostEnv[name]);
}
