import type { RunTable } from '../platform/db/schema.ts';

/** What people decide about applies. Every refusal is a `HoldfastError` that says why and names the way out. */
export interface ApplyDesk {
  /** Approves the plan of this digest and no other. */
  approve(run: string, planDigest: string, actor: string): Promise<RunTable>;
  /** A new run for one that ended badly. */
  retry(run: string, actor: string): Promise<RunTable>;
  /** Lets a blocked stack apply again. */
  unblock(stack: string, reason: string, actor: string): Promise<void>;
}

/** A lock and what is known of its holder. Times in ms. */
export interface LockView {
  readonly stack: string;
  readonly run: string | null;
  readonly holder: string;
  readonly since: number;
  readonly state: 'alive' | 'dead' | 'unknown';
  /** One sentence: what the state is known by. */
  readonly evidence: string;
  readonly operation: string;
  /** terraform's id; empty while terraform has not locked. */
  readonly lockId: string;
}

/** What an unlock did, and what remains where Holdfast cannot reach. */
export interface UnlockView {
  /** null: nothing was held here. */
  readonly freed: LockView | null;
  /** Set where the stack's state lies in a backend of its own. */
  readonly foreign: { readonly backend: string; readonly info: string | null; readonly command: string | null } | null;
}

/** The locks of all stacks, by stack. */
export interface LockDesk {
  list(): Promise<readonly LockView[]>;
  unlock(stack: string, actor: string): Promise<UnlockView>;
}

/** Whether applies are stopped everywhere, since when and why. */
export interface FreezeView {
  readonly frozen: boolean;
  readonly reason: string | null;
  /** An actor, or `server.yaml`. */
  readonly by: string | null;
  readonly since: number | null;
}

export interface FreezeDesk {
  current(): Promise<FreezeView>;
  /** Freezing what is frozen changes its reason. */
  freeze(reason: string | null, actor: string): Promise<FreezeView>;
  /** Throws `conflict` where server.yaml says `applies: {freeze: true}`. */
  unfreeze(actor: string): Promise<FreezeView>;
}
