import type { Role } from './access-schema.ts';
import type { EventType } from './event-types.ts';
import type { Secret } from './secret.ts';

/** server.yaml with flags, environment and defaults applied. Durations in ms, sizes in bytes, paths absolute, secrets wrapped. */
export interface ServerConfig {
  /** The file it was read from; null where there is none (defaults). */
  readonly configFile: string | null;
  readonly dataDir: string;
  readonly listen: ListenAddress;
  /** Without a trailing slash; null: reachable only at `listen`. */
  readonly externalUrl: string | null;
  /** null: SQLite in `dataDir`. */
  readonly databaseUrl: Secret | null;
  /** null: an embedded Redis. */
  readonly redisUrl: Secret | null;
  /** null: files in `dataDir`. */
  readonly artifacts: { readonly s3: S3Settings | null };
  readonly repositories: readonly RepositorySettings[];
  readonly environment: readonly EnvironmentRule[];
  readonly engines: { readonly dir: string | null };
  readonly providers: { readonly mirror: string | null };
  readonly channels: readonly ChannelSettings[];
  readonly drift: DriftSettings;
  readonly applies: AppliesSettings;
  readonly limits: { readonly logBytes: number; readonly planTimeoutMs: number; readonly deletions: number };
  readonly retention: RetentionSettings;
  readonly timers: TimerSettings;
  readonly workers: { readonly count: number; readonly concurrency: number };
  /** `holdfast worker` only. */
  readonly worker: WorkerSettings | null;
  /** Variables of this process that the file refers to by `{env: NAME}`: most hold secrets, workers do not inherit them. */
  readonly environmentNames: readonly string[];
  readonly access: AccessSettings;
}

interface ListenAddress {
  /** `127.0.0.1`, `::1` (without brackets), `localhost`, `0.0.0.0`. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

interface S3Settings {
  readonly bucket: string;
  readonly endpoint: string | null;
  readonly region: string | null;
}

/** One watched repository and branch. */
export interface RepositorySettings {
  readonly name: string;
  /** https, http, ssh or file URL, `user@host:path`, or an absolute path; never with a password (that is in `credentials`). */
  readonly url: string;
  readonly branch: string;
  readonly pollIntervalMs: number;
  readonly firstSight: 'plan' | 'ignore';
  readonly stackPrefix: string;
  readonly webhook: WebhookSettings | null;
  readonly credentials: RepositoryCredentials | null;
  readonly allow: RepositoryAllowance;
}

interface WebhookSettings {
  readonly provider: 'github' | 'gitlab' | 'gitea' | 'forgejo' | 'generic';
  readonly secret: Secret;
}

export type RepositoryCredentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: Secret }
  | {
      readonly kind: 'ssh';
      /** The key itself, without its trailing newline (OpenSSH wants one). */
      readonly sshKey: Secret;
      /** Absolute path it was read from; null where it came by environment or as text. */
      readonly sshKeyFile: string | null;
      /** Lines of known_hosts; null: none given. */
      readonly knownHosts: string | null;
      readonly knownHostsFile: string | null;
    };

/** What a repository's own file may ask for. */
export interface RepositoryAllowance {
  readonly autoApply: boolean;
  readonly localState: boolean;
  readonly engines: readonly ('terraform' | 'opentofu')[];
}

/** One entry of `environment`: what the engine's process gets in the stacks it names. */
export interface EnvironmentRule {
  readonly stacks: readonly string[];
  readonly phase: 'init' | 'plan' | 'apply' | 'all';
  readonly pass: readonly string[];
  readonly values: Readonly<Record<string, Secret>>;
}

export interface ChannelSettings {
  readonly name: string;
  readonly type: 'slack' | 'teams' | 'discord' | 'mattermost' | 'google_chat' | 'webhook';
  readonly url: Secret;
  /** Standard Webhooks signing key, `webhook` only. */
  readonly secret: Secret | null;
  readonly events: readonly EventType[];
  /** Globs over stack names. */
  readonly stacks: readonly string[];
  /** Always false for `webhook`. */
  readonly group: boolean;
}

interface Schedule {
  /** Five cron fields. */
  readonly schedule: string;
  /** IANA name. */
  readonly timezone: string;
}

interface DriftSettings {
  readonly everyMs: number;
  readonly maxConcurrent: number;
  /** 1 … 100. */
  readonly breakerPercent: number;
  readonly report: Schedule | null;
}

interface AppliesSettings {
  readonly freeze: boolean;
  readonly windows: readonly (Schedule & { readonly durationMs: number })[];
  readonly planExpiresMs: number;
}

interface RetentionSettings {
  readonly runsMs: number;
  readonly plansMs: number;
  readonly logsMs: number;
  /** Versions per stack. */
  readonly states: number;
}

interface TimerSettings {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly sweepMs: number;
  readonly stateRetryMs: number;
  readonly drainMs: number;
}

export interface WorkerSettings {
  /** Address of the control plane without a trailing slash; null: found in `dataDir`. */
  readonly server: string | null;
  readonly secret: Secret | null;
  readonly name: string | null;
  readonly root: string | null;
}

export interface AccessSettings {
  /** Whether the file has an `access` block: without one only loopback is listened on. */
  readonly configured: boolean;
  readonly localToken: boolean;
  readonly tokens: readonly {
    readonly name: string;
    readonly role: Role;
    readonly stacks: readonly string[];
    readonly secret: Secret;
  }[];
  readonly oidc: {
    readonly issuer: string;
    readonly clientId: string;
    readonly clientSecret: Secret;
    readonly roles: Readonly<Record<string, Role>>;
  } | null;
}
