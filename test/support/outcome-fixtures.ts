import {
  AdoptService,
  HeartbeatService,
  LeaseSweep,
  type LogKeeper,
  OutcomeService,
  type PlanKeeper,
  SqlAdoptionStore,
} from '../../src/features/execution/index.ts';
import type { OutcomeRequest } from '../../src/features/execution/protocol.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { EMPTY_SUMMARY, type PlanProjection } from '../../src/kernel/plan-outcome.ts';
import type { Database } from '../../src/platform/db/open-database.ts';
import { claimParts, emptyState } from './execution-fixtures.ts';
import { memoryPlans } from './memory-plans.ts';
import type { runParts } from './run-fixtures.ts';

export const LEASE_MS = 30_000;
export const PLAN_DIGEST = 'a'.repeat(64);

/** Nobody opens artifacts here. */
const noArtifacts = {
  newest: async () => null,
  open: async (): Promise<never> => {
    throw new Error('no artifact is kept here');
  },
  openNewest: async (): Promise<never> => {
    throw new Error('no artifact is kept here');
  },
};

/** Heartbeats, outcomes, adoption and the sweep over a database, as compose builds them. */
export function executionParts(db: Database, parts: ReturnType<typeof runParts>, clock: Clock, plans?: PlanKeeper) {
  const { workers, claims } = claimParts(db, parts, clock);
  const kept = new Map<string, PlanProjection>();
  const logs = new Map<string, string>();
  const received: string[] = [];
  const shared = { db, runs: parts.store, door: parts.door, workers, clock, leaseMs: LEASE_MS };
  const outcomes = new OutcomeService({
    ...shared,
    state: emptyState,
    artifacts: {
      receive: async ({ run, attempt, kind }, bytes) => {
        for await (const chunk of bytes) received.push(`${kind} of ${run} ${attempt}: ${chunk}`);
        return { digest: PLAN_DIGEST, size: 1 };
      },
      digestOf: async () => PLAN_DIGEST,
      ...noArtifacts,
    },
    auto: null,
    plans: plans ?? memoryPlans(kept),
    logs: memoryLogs(logs),
    logger: silentLogger,
    ring: () => {},
  });
  const adoptions = new AdoptService({
    ...shared,
    claims,
    adoptions: new SqlAdoptionStore(),
    logs: { append: async () => ({ ok: true, size: 0 }), size: async () => 7 },
  });
  const sweep = new LeaseSweep({ ...shared, logger: silentLogger, startedAt: clock.now() });
  return {
    workers,
    claims,
    outcomes,
    adoptions,
    sweep,
    heartbeats: new HeartbeatService(shared),
    kept,
    logs,
    received,
  };
}

function memoryLogs(logs: Map<string, string>): LogKeeper {
  return {
    async append(run, offset, bytes) {
      const known = logs.get(run) ?? '';
      if (offset !== known.length) return { ok: false, size: known.length };
      logs.set(run, `${known}${bytes}`);
      return { ok: true, size: offset + bytes.length };
    },
    size: async (run) => (logs.get(run) ?? '').length,
  };
}

/** The outcome of a plan with `add` things to add. */
export function planned(attempt: number, add: number): OutcomeRequest {
  return {
    attempt,
    phase: 'plan',
    result: 'planned',
    exit_code: add > 0 ? 2 : 0,
    engine_version: '1.11.4',
    projection: { summary: { ...EMPTY_SUMMARY, add }, changes: [], drift: [], outputs: [], left_out: 0 },
    plan_digest: add > 0 ? PLAN_DIGEST : null,
    plan_state: null,
    diagnostics: [],
    error: null,
    timings: {},
    notes: [],
  };
}
