import { HoldfastError, messageOf } from '../../kernel/errors.ts';
import { gitFailureOf } from '../../platform/git/git-failure.ts';
import type { RepositoryStatus } from './repo-store.ts';

/** What asking the remote gave: the branch's head, or why there is none. */
export type RemoteAnswer =
  | { readonly kind: 'head'; readonly commit: string }
  /** The branch is not there; `branches` are some that are. */
  | { readonly kind: 'no_branch'; readonly branches: readonly string[] }
  | { readonly kind: 'failed'; readonly error: unknown };

/** What an answer means for the repository's row. */
export interface LookVerdict {
  readonly status: RepositoryStatus;
  readonly error: string | null;
  readonly failures: number;
}

/** Decides status and message from an answer. Nothing is ever planned from a missing branch, an empty or an absent repository. */
export function decideLook(answer: RemoteAnswer, branch: string, failuresBefore: number): LookVerdict {
  if (answer.kind === 'head') return { status: 'ok', error: null, failures: 0 };
  if (answer.kind === 'no_branch') return { ...missing(answer.branches, branch), failures: 0 };
  return { status: statusOf(answer.error), error: sentenceOf(answer.error), failures: failuresBefore + 1 };
}

function missing(branches: readonly string[], branch: string): Pick<LookVerdict, 'status' | 'error'> {
  if (branches.length === 0) {
    return { status: 'empty', error: 'the repository has no commits yet; the first push will be seen' };
  }
  const others = branches.slice(0, 5).join(', ') + (branches.length > 5 ? ', …' : '');
  const error = `branch "${branch}" is not there (there is ${others}); push it again, or set \`branch\` in server.yaml`;
  return { status: 'branch_missing', error };
}

function statusOf(error: unknown): RepositoryStatus {
  const kind = gitFailureOf(error);
  return kind === 'denied' || kind === 'host_key' || kind === 'host_changed' ? 'denied' : 'away';
}

/** The error with its way out. Errors that are not ours may hold anything, so only ours are quoted. */
function sentenceOf(error: unknown): string {
  return error instanceof HoldfastError ? messageOf(error) : 'the repository could not be read (see the log)';
}

const LONGEST_BACKOFF_MS = 10 * 60_000;

/**
 * Time to the next look: the interval ±10 %, so that a hundred repositories do not ask in step; doubled with every failure
 * up to 10 minutes (or the interval, if that is longer). `chance` is in [0, 1).
 */
export function nextLookInMs(intervalMs: number, failures: number, chance: number): number {
  const longest = Math.max(intervalMs, LONGEST_BACKOFF_MS);
  const base = Math.min(longest, intervalMs * 2 ** Math.min(failures, 20));
  return Math.round(base * (0.9 + 0.2 * chance));
}

/** What happens with a head that could not be processed. */
export interface RetryVerdict {
  readonly retryInMs: number;
  readonly message: string;
  /** For `repositories.config_error`; null where the head's configuration is not at fault. */
  readonly configError: string | null;
}

const HUMAN_RETRY_MS = 10 * 60_000;

/** Reads an error's treatment: retry soon with backoff, or wait for a person (the next head is tried at once anyway). */
export function decideRetry(error: unknown, failures: number): RetryVerdict {
  const backoff = Math.min(60_000, 1000 * 2 ** Math.min(failures, 10));
  if (!(error instanceof HoldfastError)) {
    return { retryInMs: backoff, message: 'the head could not be processed (see the log)', configError: null };
  }
  const message = messageOf(error);
  const isRetry = error.treatment.kind === 'retry';
  const asked = error.treatment.kind === 'retry' ? error.treatment.afterMs : undefined;
  return {
    retryInMs: isRetry ? (asked ?? backoff) : HUMAN_RETRY_MS,
    message,
    configError: error.code === 'invalid' ? JSON.stringify(diagnosticsOf(error, message)) : null,
  };
}

function diagnosticsOf(error: HoldfastError, message: string): readonly unknown[] {
  const { diagnostics } = error.details;
  return Array.isArray(diagnostics) ? diagnostics : [{ message }];
}
