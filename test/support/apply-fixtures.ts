import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createApplySide } from '../../src/compose/apply-side.ts';
import { createDecisionSide } from '../../src/compose/decision-side.ts';
import { createRunArtifacts } from '../../src/compose/execution-side.ts';
import { openKeeping } from '../../src/compose/keeping.ts';
import type { StackSources } from '../../src/compose/manual-runs.ts';
import type { ServerConfig } from '../../src/config/server-config.ts';
import {
  AdoptService,
  ClaimService,
  HeartbeatService,
  OutcomeService,
  RunFileService,
  SqlAdoptionStore,
  SqlWorkerStore,
  UnbegunClaims,
} from '../../src/features/execution/index.ts';
import type { RunListener } from '../../src/features/runs/index.ts';
import { createStateBackend } from '../../src/features/state/index.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import type { PlanProjection } from '../../src/kernel/plan-outcome.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { openDatabase } from '../../src/platform/db/open-database.ts';
import { ManualClock } from './manual-clock.ts';
import { memoryPlans } from './memory-plans.ts';
import { affectedStack, runParts } from './run-fixtures.ts';

export const LEASE_MS = 30_000;
export const HEAD = 'a'.repeat(40);

export interface ControlPlaneOptions {
  readonly windows?: ServerConfig['applies']['windows'];
  readonly freeze?: boolean;
  readonly autoApply?: boolean;
  readonly listeners?: readonly RunListener[];
}

/** Everything of the control plane that is about applies, over a database in memory, real files and a clock of ours. */
export async function openControlPlane(options: ControlPlaneOptions = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'hf-applies-'));
  const db = await openDatabase({ file: ':memory:' });
  const clock = new ManualClock();
  const random = systemRandom;
  const logger = silentLogger;
  const keeping = await openKeeping(dir, { clock, random, logBytes: 1 << 20 });
  const config = {
    timers: { leaseMs: LEASE_MS },
    retention: { plansMs: 7 * 86_400_000, runsMs: 90 * 86_400_000 },
    applies: { freeze: options.freeze === true, windows: options.windows ?? [], planExpiresMs: 86_400_000 },
    repositories: [{ name: 'infra', allow: { autoApply: options.autoApply === true } }],
  } as unknown as ServerConfig;
  const parts = runParts(db, clock, options.listeners);
  const { store: runs, door } = parts;
  const rings = { count: 0 };
  const ring = () => void rings.count++;
  const state = createStateBackend({
    ...{ db, clock, random, artifacts: keeping.artifacts, log: logger },
    ...{ keepVersions: 10, maxBytes: 1 << 20, baseUrl: () => 'http://127.0.0.1:1' },
  });
  const heads = new Map<string, string>();
  const headOf = async (stack: string) => {
    const inputs = heads.get(stack);
    if (inputs === undefined) throw new Error(`the head of ${stack} cannot be read`);
    return { repository: 'infra', commit: HEAD, author: 'Ana', message: 'head', stack: affectedStack(stack, inputs) };
  };
  const workers = new SqlWorkerStore(db);
  const artifacts = createRunArtifacts({ db, config, keeping, clock, logger });
  const shared = { db, config, runs, door, state, clock, random, logger, ring, headOf, workers, artifacts };
  const decisions = createDecisionSide({
    ...shared,
    isPlanKept: (tx, run, digest) => artifacts.isPlanKept(tx, run, digest),
  });
  const notifications = { listener: { tellBlocked: async () => {} } };
  const applies = createApplySide({ ...shared, decisions, heads: noSources, notifications });
  const access = state.access;
  const held = { db, runs, door, workers, clock, leaseMs: LEASE_MS, state: access, artifacts, logger, ring };
  const claims = new ClaimService({ ...held, environmentFor: () => [], applies: applies.claims, inputs: null });
  const logs = { append: async () => ({ ok: true, size: 0 }), size: async () => 0 };
  const plans = new Map<string, PlanProjection>();
  const outcomes = new OutcomeService({
    ...{ ...held, logs },
    auto: applies.auto,
    plans: memoryPlans(plans),
  });
  return {
    ...{ dir, db, clock, parts, runs, door, state, rings, heads, workers, artifacts, decisions, applies, claims },
    heartbeats: new HeartbeatService(held),
    adoptions: new AdoptService({ ...held, claims, adoptions: new SqlAdoptionStore(), logs }),
    files: new RunFileService({
      ...held,
      logs,
      sources: { archive: async () => Readable.from([]), packed: async () => null },
    }),
    outcomes,
    unbegun: new UnbegunClaims({ ...held, outcomes, applyOutcomes: applies.outcomes }),
    async close() {
      await db.destroy();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export type ControlPlane = Awaited<ReturnType<typeof openControlPlane>>;

const noSources = {
  stacks: { get: async () => null },
} as unknown as StackSources;
