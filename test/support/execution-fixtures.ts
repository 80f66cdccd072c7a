import { ClaimService, SqlWorkerStore } from '../../src/features/execution/index.ts';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import type { Database } from '../../src/platform/db/open-database.ts';
import type { runParts } from './run-fixtures.ts';

/** A state backend that never had a version. */
export const emptyState = {
  mint: async () => 'token',
  urlFor: (stack: string, token: string) => `http://hf:${token}@127.0.0.1/state/${encodeURIComponent(stack)}`,
  current: async () => null,
  endFor: async () => {},
};

/** The claim service over a database. */
export function claimParts(db: Database, parts: ReturnType<typeof runParts>, clock: Clock = systemClock) {
  const workers = new SqlWorkerStore(db);
  const claims = new ClaimService({
    db,
    runs: parts.store,
    door: parts.door,
    workers,
    state: emptyState,
    environmentFor: () => [],
    inputs: null,
    clock,
    leaseMs: 30_000,
    applies: null,
  });
  return { workers, claims };
}

/** A claim of a worker for a plan slot. */
export function claimRequest(claimId: string, worker = 'w1') {
  return { claim_id: claimId, worker, root: '/root', slot: 'plan' as const };
}
