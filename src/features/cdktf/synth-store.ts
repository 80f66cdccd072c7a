import type { CdktfAppTable, SynthTable } from '../../platform/db/schema-cdktf.ts';
import type { SynthStack } from '../execution/synth-protocol.ts';
import type { Tx } from '../runs/index.ts';

/** A synthesised stack as a worker told of it. */
export type SynthesisedStack = SynthStack;

/** An app with the synthesis that its head asks for; null where that is not even queued. */
export interface AppRow extends Pick<CdktfAppTable, 'repository' | 'dir' | 'settings' | 'wanted_key'> {
  readonly status: SynthTable['status'] | null;
  readonly error: string | null;
  readonly commit_sha: string | null;
  readonly created_at: number | null;
  readonly finished_at: number | null;
}

/** Rows of apps and of their syntheses. */
export interface SynthStore {
  apps(repository: string): Promise<CdktfAppTable[]>;
  /** Of all repositories. */
  states(): Promise<AppRow[]>;
  saveApp(tx: Tx, app: CdktfAppTable): Promise<void>;
  dropApp(tx: Tx, repository: string, dir: string): Promise<void>;
  find(key: string): Promise<SynthTable | null>;
  findIn(tx: Tx, key: string): Promise<SynthTable | null>;
  /** Queues a synthesis; one that is there stays as it is, unless it failed and is asked for again. */
  queue(tx: Tx, synth: SynthTable): Promise<void>;
  /** Queued ones that may start, oldest first. */
  due(at: number, limit: number): Promise<SynthTable[]>;
  findClaim(claimId: string): Promise<SynthTable | null>;
  /** Guarded by status and attempt as they were read; false where somebody was quicker. */
  change(tx: Tx, from: SynthTable, set: Partial<SynthTable>): Promise<boolean>;
  expired(at: number): Promise<SynthTable[]>;
  saveTar(tar: { digest: string; path: string; size: number; created_at: number }): Promise<void>;
  findTar(digest: string): Promise<{ digest: string; path: string; size: number } | null>;
}
