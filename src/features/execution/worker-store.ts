import type { ClaimTable, WorkerTable } from '../../platform/db/schema.ts';
import type { Tx } from '../runs/index.ts';

/** Workers that said hello, and the claims they were answered. */
export interface WorkerStore {
  saveWorker(worker: Omit<WorkerTable, 'first_seen_at'>): Promise<void>;
  listWorkers(): Promise<WorkerTable[]>;
  touchWorker(tx: Tx, name: string, at: number): Promise<void>;
  findClaim(claimId: string): Promise<ClaimTable | null>;
  saveClaim(tx: Tx, claim: ClaimTable): Promise<void>;
  /** Forgets claims older than `before` whose runs no worker holds; one that is held may be adopted again any time. */
  dropClaims(before: number): Promise<void>;
  /** Of these run ids, those whose working copy is still wanted (a plan that waits, or is approved). */
  wantedCopies(runs: readonly string[]): Promise<string[]>;
}
