import { HoldfastError, type Treatment } from '../../kernel/errors.ts';

/** What went wrong with a remote or a mirror, in the words the watcher decides by (`details.git` of the error). */
export type GitFailureKind =
  /** The host says no: wrong or missing credentials. */
  | 'denied'
  /** No answer, or an answer that may be another one later. */
  | 'away'
  /** The host answers, but knows no such repository (or shows it to nobody it does not know). */
  | 'not_found'
  /** ssh does not know the host's key. */
  | 'host_key'
  /** The host shows another key than the one that is known: it was renewed, or somebody is in between. */
  | 'host_changed'
  | 'redirect'
  /** fsck found something that must not be let in. */
  | 'bad_objects'
  /** A lock file of a killed git process. */
  | 'locked'
  | 'disk'
  /** The mirror itself is damaged. */
  | 'corrupt'
  | 'unknown';

/** In this order: the first that matches counts. Texts of git, curl and OpenSSH under LC_ALL=C. */
const PATTERNS: readonly (readonly [GitFailureKind, RegExp])[] = [
  ['host_changed', /REMOTE HOST IDENTIFICATION HAS CHANGED/i],
  ['host_key', /Host key verification failed|No \S+ host key is known/i],
  [
    'denied',
    /Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|Permission denied|HTTP 40[13]|returned error: 40[13]|Access denied|UNPROTECTED PRIVATE KEY|invalid format/i,
  ],
  ['redirect', /unable to update url base from redirection|returned error: 30\d|HTTP 30\d/i],
  ['locked', /Unable to create '.*\.lock': File exists|cannot lock ref/i],
  ['disk', /No space left on device|Disk quota exceeded|Read-only file system/i],
  ['bad_objects', /fsck error|error in (?:object|tree|commit|tag|blob)|badly formed|hasDotgit|hasDotdot/i],
  [
    'corrupt',
    /object file .* is empty|loose object .* is corrupt|inflate: data stream error|packfile .* is far too short|bad config line/i,
  ],
  [
    'not_found',
    /repository '.*' not found|does not appear to be a git repository|Repository not found|HTTP 404|returned error: 404|not a git repository|does not exist|cwd.*(?:invalid|ENOENT)|The project you were looking for could not be found/i,
  ],
  [
    'away',
    /Could not resolve host|Name or service not known|Connection (?:refused|reset|timed out|closed)|Failed to connect|Couldn't connect|timed out|timeout|Operation too slow|returned error: (?:5\d\d|429)|HTTP (?:5\d\d|429)|early EOF|hung up unexpectedly|SSL|TLS|certificate|Could not read from remote repository|expected flush|curl \d+|RPC failed|Network is unreachable|No route to host/i,
  ],
];

/** Decides from git's stderr what happened. Pure. */
export function classifyGitFailure(stderr: string): GitFailureKind {
  return PATTERNS.find(([, pattern]) => pattern.test(stderr))?.[0] ?? 'unknown';
}

/**
 * A text of git's without userinfo in URLs, without the given secrets, on one line of at most 500 characters, warnings and
 * progress left out.
 */
export function scrubGitText(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret.length > 0) clean = clean.replaceAll(secret, '(hidden)');
  clean = clean.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@'"]*@/gi, '$1');
  const lines = clean
    .split(/[\r\n]+/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a hostile server could paint a terminal with
    .map((line) => line.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, ' ').trim())
    .filter(
      (line) =>
        line !== '' && !/^(?:warning|hint|remote: (?:Enum|Count|Compress|Total)|Cloning|From |@+$|@ .* @$)/.test(line),
    );
  return lines.join('; ').slice(0, 500);
}

const SENTENCES: Readonly<Record<GitFailureKind, readonly [string, string]>> = {
  denied: [
    'refuses the credentials',
    'check `credentials` of the repository in server.yaml, and that they may read it',
  ],
  away: ['does not answer', ''],
  not_found: ['has no such repository', 'check `url`; many hosts say the same when the credentials may not see it'],
  host_key: [
    'has a host key that is not known',
    "add the host's key to known_hosts (ssh-keyscan, and compare the fingerprint)",
  ],
  host_changed: [
    'shows another host key than known_hosts has: somebody may be in between',
    'ask who runs the host whether its key was renewed, and only then replace it in known_hosts',
  ],
  redirect: ['redirects to another address', 'set `url` to the address it redirects to'],
  bad_objects: ['sent objects that fail the check', 'run `git fsck` in the repository and repair its history'],
  locked: ['is locked in the mirror', ''],
  disk: ['cannot be stored', 'make room on the disk of data_dir'],
  corrupt: ['has a damaged mirror', 'remove the mirror; Holdfast fetches it again'],
  unknown: ['could not be read', ''],
};

/** Turns a failure into an error that carries its treatment; `what` names the repository's address without userinfo. */
export function gitError(kind: GitFailureKind, what: string, text: string): HoldfastError {
  const [sentence, wayOut] = SENTENCES[kind];
  const isRefusal = kind === 'denied' || kind === 'host_key' || kind === 'host_changed';
  const isHuman = isRefusal || kind === 'redirect' || kind === 'bad_objects';
  const treatment: Treatment = isHuman ? { kind: 'human', wayOut } : { kind: 'retry' };
  const way = wayOut ? `; ${wayOut}` : '';
  const code = isHuman ? (isRefusal ? 'forbidden' : 'invalid') : 'away';
  const said = text ? ` (git: ${text})` : '';
  return new HoldfastError(code, `${what} ${sentence}${way}${said}`, { treatment, details: { git: kind } });
}

/** The kind of an error thrown by this folder; null for any other. */
export function gitFailureOf(error: unknown): GitFailureKind | null {
  if (!(error instanceof HoldfastError)) return null;
  const kind = error.details.git;
  return typeof kind === 'string' ? (kind as GitFailureKind) : null;
}
