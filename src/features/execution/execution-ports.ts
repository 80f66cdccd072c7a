import type { Readable } from 'node:stream';
import type { Phase } from '../../kernel/run-status.ts';
import type { Tx } from '../runs/index.ts';
import type { EnvironmentEntry } from './protocol.ts';

/** What execution needs of the state backend. */
export interface StateAccess {
  /** A token for this run; its rights follow the run's status. */
  mint(tx: Tx, run: { run: string; stack: string; phase: Phase }): Promise<string>;
  /** The stack's address with the token as userinfo. */
  urlFor(stack: string, token: string): string;
  /** Serial and lineage of the stored state; null where no version ever existed. */
  current(tx: Tx, stack: string): Promise<{ serial: number; lineage: string } | null>;
  /** Ends all tokens of a run whose end is proven. */
  endFor(tx: Tx, run: string): Promise<void>;
}

/** Files of a commit as a tar stream. */
export interface SourceArchive {
  archive(repository: string, commit: string, paths: readonly string[] | null): Promise<Readable>;
}

/** Received artifacts: hashed, encrypted, kept. */
export interface ArtifactIntake {
  receive(
    about: { run: string; attempt: number; kind: string; stack: string; commit: string; engine: string },
    bytes: Readable,
  ): Promise<{ digest: string; size: number }>;
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
