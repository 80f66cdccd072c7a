import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OutcomeReader } from '../../src/compose/outcome-reader.ts';
import { DocumentPlanKeeper, type ExecutionDeps, registerExecutionRoutes } from '../../src/features/execution/index.ts';
import type { OutcomeRequest } from '../../src/features/execution/protocol.ts';
import { PlanExcerpts } from '../../src/features/notifications/index.ts';
import type { PlannedChange } from '../../src/kernel/plan-outcome.ts';
import { openDocumentStore } from '../../src/platform/artifacts/document-store.ts';
import { type Database, openDatabase } from '../../src/platform/db/open-database.ts';
import { claimRequest } from '../support/execution-fixtures.ts';
import { longestTurn } from '../support/longest-turn.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { executionParts, planned } from '../support/outcome-fixtures.ts';
import { affectedStack, headOf, runParts, saveStack } from '../support/run-fixtures.ts';

const CHANGES = 20_000;
const SECRET = 'secret';

let dir: string;
let db: Database;
let app: FastifyInstance;
let excerpts: PlanExcerpts;
let documents: DocumentPlanKeeper;
let run: string;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hf-large-'));
  db = await openDatabase({ file: ':memory:' });
  const clock = new ManualClock();
  const parts = runParts(db, clock);
  documents = new DocumentPlanKeeper(await openDocumentStore(join(dir, 'plans')));
  excerpts = new PlanExcerpts({
    keep: (...args) => documents.keep(...args),
    keepPacked: (...args) => documents.keepPacked(...args),
    load: () => Promise.reject(new Error('nobody should have to read it again')),
  });
  const { claims, outcomes } = executionParts(db, parts, clock, excerpts);
  await saveStack(db, 'a', '1');
  const head = headOf('a'.repeat(40), [affectedStack('a', '1')]);
  await db.transaction().execute((tx) => parts.planner.planHead(tx, head));
  run = (await claims.claim(claimRequest('claim-1')))?.run ?? '';
  const reader = new OutcomeReader();
  app = Fastify();
  const next = { answer: async () => ({}) };
  const deps = { secret: SECRET, outcomes, next, readLargeOutcome: (bytes: Buffer) => reader.read(bytes) };
  // The other routes are not asked.
  await registerExecutionRoutes(app, deps as unknown as ExecutionDeps);
});
afterEach(async () => {
  await app.close();
  await db.destroy();
  rmSync(dir, { recursive: true, force: true });
});

function largeOutcome(): OutcomeRequest {
  const attributes = Array.from({ length: 6 }, (_, n) => ({ path: `tags.${n}`, before: null, after: 'x'.repeat(40) }));
  const changes: PlannedChange[] = Array.from({ length: CHANGES }, (_, n) => ({
    ...{ address: `module.network["${n}"].aws_route.this`, type: 'aws_route' },
    ...{ actions: [n === CHANGES - 1 ? 'delete' : 'create'], attributes },
  }));
  const outcome = planned(1, CHANGES);
  return { ...outcome, projection: outcome.projection && { ...outcome.projection, changes } } as OutcomeRequest;
}

function post(payload: Buffer) {
  const headers = { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' };
  return app.inject({ method: 'POST', url: `/worker/v1/runs/${run}/outcome`, headers, payload });
}

test('an outcome of 20,000 changes is read in a thread: no turn of the event loop takes long, and nothing of it is lost', {
  timeout: 120_000,
}, async () => {
  // What is compiled and loaded with the first one is no part of it.
  expect((await post(Buffer.from('{}'))).statusCode).not.toBe(200);
  const payload = Buffer.from(JSON.stringify(largeOutcome()));
  expect(payload.length).toBeGreaterThan(8_000_000);
  const { answer, ms } = await longestTurn(() => post(payload));
  expect(answer.json()).toEqual({ run, status: 'awaiting_approval' });
  // Parsed and checked here it would be some 500 ms.
  expect(ms).toBeLessThan(50);
  const excerpt = await excerpts.excerpt(run);
  expect(excerpt?.total).toBe(CHANGES);
  // The most dangerous first, wherever it stood.
  expect(excerpt?.changes[0]?.actions).toEqual(['delete']);
  expect((await documents.load(run))?.changes).toHaveLength(CHANGES);
  const row = await db.selectFrom('runs').select('summary').where('id', '=', run).executeTakeFirstOrThrow();
  expect(JSON.parse(row.summary ?? '')).toMatchObject({ add: CHANGES });
});

test('a large outcome that does not follow the protocol is refused as a small one is, naming what is wrong', {
  timeout: 60_000,
}, async () => {
  const outcome = { ...largeOutcome(), attempt: 0 };
  const answers = [await post(Buffer.from(JSON.stringify(outcome))), await post(Buffer.alloc(300_000, '{'))];
  for (const answer of answers) {
    expect(answer.statusCode).toBe(500);
    expect(answer.json().message).toBe('the request does not follow the job protocol');
  }
  expect((await db.selectFrom('runs').select('status').executeTakeFirstOrThrow()).status).toBe('preparing');
});
