import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ApiDeps } from '../../src/api/api-deps.ts';
import { buildApp } from '../../src/api/app.ts';
import { TokenDirectory } from '../../src/features/access/index.ts';
import { waitingFor } from '../../src/features/runs/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import type { PlanProjection } from '../../src/kernel/plan-outcome.ts';
import type { Database } from '../../src/platform/db/open-database.ts';
import { runParts } from './run-fixtures.ts';

export const TOKENS = {
  admin: 'admin-secret-admin-secret',
  viewer: 'viewer-secret-viewer-secret',
  dev: 'dev-operator-secret-dev-op',
  approver: 'approver-secret-approver',
  devAdmin: 'dev-admin-secret-dev-admin',
};

const NOTHING_STOPS = { blocked: null, freeze: null, window: { isOpen: true }, lock: null } as const;

/** The API over a database, with an empty set of everything that is not a run. */
export async function apiOver(db: Database, more: Partial<ApiDeps> = {}): Promise<FastifyInstance> {
  const { store, service } = runParts(db);
  const none = { next: null };
  const deps: ApiDeps = {
    clock: systemClock,
    logger: silentLogger,
    version: '0.0.0',
    tokens: new TokenDirectory([
      { name: 'root', role: 'admin', stacks: ['**'], secret: TOKENS.admin },
      { name: 'look', role: 'viewer', stacks: ['**'], secret: TOKENS.viewer },
      { name: 'dev', role: 'operator', stacks: ['dev/**'], secret: TOKENS.dev },
      { name: 'ok', role: 'approver', stacks: ['dev/**'], secret: TOKENS.approver },
      { name: 'devroot', role: 'admin', stacks: ['dev/**'], secret: TOKENS.devAdmin },
    ]),
    runs: service,
    runStore: store,
    waiting: {
      of: async (runs) => new Map(runs.map((run) => [run.id, waitingFor(run, { ...NOTHING_STOPS, open: [] })])),
    },
    planExpiresMs: 86_400_000,
    plans: {
      keep: async () => {},
      keepPacked: async () => {},
      load: async (): Promise<PlanProjection | null> => null,
    },
    logs: { size: async () => 0, read: async () => Buffer.alloc(0), stream: async () => Readable.from(['a log\n']) },
    states: { list: async () => [], pull: notHere, restore: notHere },
    erroredStates: { open: notHere, restore: notHere },
    applies: { approve: notHere, retry: notHere, unblock: notHere },
    locks: { list: async () => [], unlock: notHere },
    freeze: { current: notHere, freeze: notHere, unfreeze: notHere },
    names: { move: notHere, release: notHere },
    apps: { retry: notHere },
    drift: {
      ...{ check: notHere, report: notHere, stackOf: notHere, acknowledge: notHere, resume: notHere },
      checkable: async () => [],
    },
    readers: {
      stacks: async () => ({ stacks: [], apps: [], ...none }),
      stack: async () => null,
      repositories: async () => ({ repositories: [], ...none }),
      workers: async () => ({ workers: [], ...none }),
      notifications: async () => ({ notifications: [], ...none }),
      audit: async () => ({ audit: [], ...none }),
    },
    testChannel: notHere,
    requestRun: async () => {
      throw new Error('no run can be asked for here');
    },
    health: async () => ({ status: 'ok', version: '0.0.0', instance: 'i', checks: [] }),
    metrics: async () => '# metrics\n',
    ...more,
  };
  return buildApp(deps, []);
}

async function notHere(): Promise<never> {
  throw new Error('not part of this test');
}

/** Headers with a token. */
export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
