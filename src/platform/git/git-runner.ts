import { simpleGit } from 'simple-git';
import { HoldfastError } from '../../kernel/errors.ts';
import { buildGitEnv, type GitTool } from './git-env.ts';
import { classifyGitFailure, gitError, scrubGitText } from './git-failure.ts';
import { type GitRemote, secretsOf } from './git-remote.ts';
import type { RemoteFiles } from './remote-files.ts';

export interface GitRun {
  /** From `gitArgv`, and only from there. */
  readonly args: readonly string[];
  /** Working directory: the mirror, or a checkout. */
  readonly dir: string;
  /** The remote the command talks to, with its files; null for local commands. */
  readonly remote?: { readonly remote: GitRemote; readonly files: RemoteFiles } | null;
  readonly signal?: AbortSignal;
  /** Ends a command that printed nothing for so long (default 60 s). */
  readonly silenceMs?: number;
  /** Bound of stdout (default 256 MiB). */
  readonly maxBytes?: number;
  /** Exit codes that are answers, not failures (with an empty stdout). */
  readonly emptyOn?: readonly number[];
}

const MIB = 1024 ** 2;

/**
 * Runs an ordinary git command through simple-git and returns its stdout. simple-git's guards stay on for everything that
 * `buildGitEnv` does not set itself. Throws a scrubbed error that carries its treatment; the original error is left out of
 * it, because its text may hold what must not be shown.
 */
export async function runGit(tool: GitTool, run: GitRun): Promise<string> {
  const env = buildGitEnv(tool, {
    remote: run.remote?.remote ?? null,
    sshCommand: run.remote?.files.sshCommand ?? null,
    globalConfig: run.remote?.files.globalConfig ?? null,
  });
  const limit = new AbortController();
  const maxBytes = run.maxBytes ?? 256 * MIB;
  try {
    const git = simpleGit({
      baseDir: run.dir,
      binary: tool.binary,
      abort: run.signal ? AbortSignal.any([run.signal, limit.signal]) : limit.signal,
      timeout: { block: run.silenceMs ?? 60_000 },
      completion: { onClose: true, onExit: false },
      allowEnvironment: Object.keys(env).filter((name) => name.startsWith('GIT_')),
      unsafe: OURS,
      errors: (error, result) => error ?? failureOf(result, run.emptyOn ?? []),
    });
    git.env(env).outputHandler((_command, stdout) => abortBeyond(stdout, maxBytes, limit));
    return await git.raw([...run.args]);
  } catch (error) {
    if (limit.signal.aborted)
      throw new HoldfastError('too_large', `git ${run.args[0]} printed more than ${maxBytes} bytes`);
    throw describeFailure(run, error);
  }
}

function abortBeyond(stdout: NodeJS.ReadableStream, maxBytes: number, limit: AbortController): void {
  let size = 0;
  stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) limit.abort();
  });
}

/** What `buildGitEnv` sets on purpose and simple-git would refuse: values of ours, none of them foreign. */
const OURS = {
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeHooksPath: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeAskPass: true,
  allowUnsafeSshCommand: true,
} as const;

function failureOf(result: { exitCode: number; stdErr: Buffer[] }, emptyOn: readonly number[]): Buffer | undefined {
  if (result.exitCode === 0 || emptyOn.includes(result.exitCode)) return undefined;
  const text = Buffer.concat(result.stdErr);
  return text.length > 0 ? text : Buffer.from(`exit code ${result.exitCode}`);
}

function describeFailure(run: GitRun, error: unknown): HoldfastError {
  const raw = error instanceof Error ? error.message : String(error);
  const remote = run.remote?.remote ?? null;
  if (run.signal?.aborted) return new HoldfastError('away', `git ${run.args[0]} was stopped`);
  if (/ENOENT/.test(raw) && /spawn/.test(raw)) {
    return new HoldfastError('internal', 'git is not on PATH', {
      treatment: { kind: 'human', wayOut: 'install git' },
    });
  }
  const text = scrubGitText(raw, remote ? secretsOf(remote) : []);
  return gitError(classifyGitFailure(raw), remote ? remote.url : `the repository ${run.dir}`, text);
}
