import type { RunRef } from '../control/control-client.ts';

/** One run that this worker carries, from its assignment to the acknowledged outcome. */
export interface Session {
  readonly ref: RunRef;
  /** Resolves, and never rejects, when nothing of the run is left to do here. */
  readonly done: Promise<void>;
  /** True while its engine is an apply that runs: a drain does not wait for it. */
  readonly isApplying: boolean;
  /** Somebody cancelled it. Hearing it again changes nothing. */
  cancel(): void;
  /** It is no longer this worker's: nothing more is reported. */
  fence(): void;
}
