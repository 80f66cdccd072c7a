import type { Readable } from 'node:stream';
import type { Phase } from '../../kernel/run-status.ts';
import type { Reader, Tx } from '../runs/index.ts';
import type { AppliedResource } from './apply-protocol.ts';
import type { EnvironmentEntry } from './protocol.ts';

/** What execution needs of the state backend. */
export interface StateAccess {
  /** A token for this run; its rights follow the run's status. */
  mint(tx: Tx, run: { run: string; stack: string; phase: Phase }): Promise<string>;
  /** The stack's address with the token as userinfo. */
  urlFor(stack: string, token: string): string;
  /** Which state is stored, and by which run; null where no version ever existed. */
  current(
    tx: Tx,
    stack: string,
  ): Promise<{
    serial: number;
    lineage: string;
    digest: string;
    run: string | null;
    /** Of the engine that wrote it. */
    version?: string | null;
  } | null>;
  /** Ends all tokens of a run whose end is proven, and frees its lock. */
  endFor(tx: Tx, run: string): Promise<void>;
}

/** Files of a commit as a tar stream. */
export interface SourceArchive {
  archive(repository: string, commit: string, paths: readonly string[] | null): Promise<Readable>;
  /** The same at once; null where it is not small. */
  packed(repository: string, commit: string, paths: readonly string[] | null): Promise<Buffer | null>;
  /** The files of a synthesised stack, by the digest of their tar. Throws `gone`. */
  synthesised?(digest: string): Promise<Readable>;
}

/** What an artifact is, and whose. */
interface ArtifactAbout {
  readonly run: string;
  readonly attempt: number;
  readonly kind: string;
  readonly stack: string;
  readonly commit: string;
  /** `terraform 1.11.4`. */
  readonly engine: string;
  /** Kind of the run, and the digest of its spec. */
  readonly spec: string;
  /** Digest of the files that a plan was made of. */
  readonly tree?: string | null;
}

/** Received artifacts: hashed, encrypted, kept. */
export interface ArtifactIntake {
  receive(about: ArtifactAbout, bytes: Readable | readonly Buffer[]): Promise<{ digest: string; size: number }>;
  /**
   * The newest of the kind that any attempt sent (of this digest, where one is given). Throws `gone` after its
   * retention, `internal` where the bytes are not what was received for this run.
   */
  openNewest(about: ArtifactAbout & { digest?: string }): Promise<{ digest: string; size: number; bytes: Readable }>;
  /** What exactly this attempt sent; throws as `openNewest` does. */
  open(about: ArtifactAbout): Promise<{ size: number; bytes: Readable }>;
  /** Digest and attempt of the newest of the kind (and digest), or null. */
  newest(
    db: Reader,
    about: { run: string; kind: string; digest?: string },
  ): Promise<{ readonly digest: string; readonly attempt: number } | null>;
  /** Digest of what was received for this attempt, or null. */
  digestOf(run: string, attempt: number, kind: string): Promise<string | null>;
}

/** The rendered log of a run. */
export interface LogKeeper {
  /** Appends at `offset`; answers the size afterwards, and whether the offset was the expected one. */
  append(run: string, offset: number, bytes: Buffer): Promise<{ ok: boolean; size: number }>;
  size(run: string): Promise<number>;
}

/** Environment entries of server.yaml that reach a stack, secrets resolved. */
export type EnvironmentFor = (stack: string) => EnvironmentEntry[];

/** Makes a state that terraform could not save the stored one. */
export interface ErroredStateTaker {
  /** Throws `conflict` where the run does not hold the lock or a newer state is stored, `invalid` where it is none. */
  takeErrored(about: { stack: string; run: string; actor: string; bytes: Readable }): Promise<unknown>;
}

/** Reads which resources the stored state has. */
export interface StateResourceLookup {
  missing(
    stack: string,
    made: readonly AppliedResource[],
  ): Promise<{ missing: AppliedResource[]; version: { readonly digest: string } | null }>;
}

/** The locks of stacks. */
export interface LockLookup {
  find(db: Reader, stack: string): Promise<{ readonly run: string | null; readonly lock_id: string } | null>;
}

/** The same, for who takes one. */
export interface LockTaker {
  /** Takes the stack for a run; null: it is the run's, else the lock of somebody else. */
  claim(tx: Tx, about: { stack: string; run: string; holder: string }): Promise<{ readonly holder: string } | null>;
}
