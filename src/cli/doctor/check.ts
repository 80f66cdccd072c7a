import type { RepositorySettings, ServerConfig } from '../../config/server-config.ts';

export type CheckStatus = 'ok' | 'warning' | 'error' | 'skipped';

/** One thing the doctor looked at. */
export interface Check {
  /** `git`, `engine`, `repository infra`: stable, for machines. */
  readonly name: string;
  readonly status: CheckStatus;
  /** What was found, or why it was not looked at. Holds no secret. */
  readonly detail: string;
  /** What to do; empty where nothing is. */
  readonly wayOut: string;
}

/** A program that was looked for on PATH. */
export interface ProgramFound {
  /** Absolute path; null: not there. */
  readonly path: string | null;
  /** First line of what it says of its version; null where it does not run. */
  readonly version: string | null;
  /** Why it does not run. */
  readonly error: string | null;
}

/** Who would end the running instance, and with it its applies. */
export interface ServiceFound {
  readonly kind: 'nobody' | 'systemd' | 'container';
  readonly unit: string | null;
  /** Of the unit; null where systemd does not say. */
  readonly killMode: string | null;
}

/** What the doctor cannot see by itself: processes, the database, Git. Every port is bounded in time and never throws on purpose. */
export interface DoctorPorts {
  /** Looks for a program on PATH (or in `dir`) and asks its version. */
  findProgram(name: string, args: readonly string[], dir?: string): Promise<ProgramFound>;
  /** Who holds the data folder: a sentence (`pid 12, since …`), or null. */
  holderOf(dataDir: string): Promise<string | null>;
  /** Who would end the instance that runs over a data folder; null where none does. */
  serviceOf(dataDir: string): Promise<ServiceFound | null>;
  /** Connects once to `redis_url`: a sentence with its version; throws what is wrong, without secrets. */
  probeRedis(config: ServerConfig): Promise<string>;
  /** Opens the database of a data folder nobody holds, and says its schema's state; throws what is wrong. */
  probeDatabase(config: ServerConfig): Promise<string>;
  /** One cheap request: a sentence with the head of the branch; throws what is wrong, without secrets. */
  probeRepository(repository: RepositorySettings, config: ServerConfig): Promise<string>;
}
