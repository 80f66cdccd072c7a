import type { Readable } from 'node:stream';
import type { SynthAssignment, SynthOutcome, SynthStack } from '../../src/features/execution/synth-protocol.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import type { Logger } from '../../src/kernel/logger.ts';
import type { ContainedLimits } from '../../src/platform/process/contained-process.ts';

/** Bounds of the app and of `npm ci`. */
export interface SynthLimits {
  readonly app: ContainedLimits;
  readonly install: ContainedLimits;
}

const GIB = 1024 ** 3;

export const SYNTH_LIMITS: SynthLimits = {
  app: { timeMs: 10 * 60_000, outputBytes: 10 * 1024 ** 2, memoryBytes: 3 * GIB, processes: 256 },
  install: { timeMs: 15 * 60_000, outputBytes: 50 * 1024 ** 2, memoryBytes: 3 * GIB, processes: 256 },
};

/** What synthesising one app needs. */
export interface SynthContext {
  readonly assignment: SynthAssignment;
  /** The worker's root; everything of this synthesis lies in `place`, below it. */
  readonly root: string;
  readonly place: string;
  /** Where the app's directory is: below `place`. */
  readonly appDir: string;
  readonly outDir: string;
  readonly workerEnv: Readonly<Record<string, string | undefined>>;
  readonly limits: SynthLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  fetchSource(): Promise<Readable>;
  /** Sends the tar of one stack; answers its SHA-256. */
  sendStack(tar: Buffer): Promise<string>;
}

/** An outcome but for its attempt. */
export type SynthEnd = Omit<SynthOutcome, 'attempt'>;

export type { SynthStack };
