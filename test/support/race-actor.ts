import { randomUUID } from 'node:crypto';
import { DeletionDesk } from '../../src/features/changes/index.ts';
import { NextClaims } from '../../src/features/execution/index.ts';
import { StackMover } from '../../src/features/stacks/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { openDatabase } from '../../src/platform/db/open-database.ts';
import { bareOutcome } from '../../workers/run/bare-outcome.ts';
import { claimRequest } from './execution-fixtures.ts';
import { executionParts } from './outcome-fixtures.ts';
import { affectedStack, headOf, runParts } from './run-fixtures.ts';

/** What a race's parent asks its two children to do at the same time. */
export interface RaceOrder {
  readonly action: 'supersede' | 'claim' | 'next' | 'cancel' | 'release' | 'move';
  readonly stack: string;
  readonly run: string;
  readonly round: number;
  /** For `next`: the run whose outcome asks. */
  readonly held?: { readonly run: string; readonly attempt: number };
}

const db = await openDatabase({ file: process.argv[2] ?? '', exclusive: false });
const parts = runParts(db);
const { claims, outcomes } = executionParts(db, parts, systemClock);
const quiet = { ring: () => {}, ringLater: () => {}, isQueueFirst: () => false, logger: silentLogger };
const nextClaims = new NextClaims({ claims, files: { withSource: async (assignment) => assignment }, ...quiet });
const shared = { db, clock: systemClock };
const deletions = new DeletionDesk({ ...shared, destroys: parts.destroys, ring: () => {} });
const mover = new StackMover({ ...shared, nameFault: () => null });

process.on('message', async (order: RaceOrder) => {
  const result = await act(order).catch((error: Error) => `refused: ${error.message}`);
  process.send?.({ round: order.round, result });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });

async function act(order: RaceOrder): Promise<string> {
  switch (order.action) {
    case 'claim':
      return (await claims.claim(claimRequest(randomUUID(), `w${process.pid}`)))?.run ?? 'nothing';
    case 'next': {
      const { run = '', attempt = 0 } = order.held ?? {};
      const worker = `w${process.pid}`;
      await outcomes.record(run, worker, bareOutcome({ attempt, phase: 'plan', result: 'failed', error: 'no plan' }));
      const { next } = await nextClaims.answer({ claim_id: randomUUID(), worker, root: '/root' });
      return next === undefined ? 'unknown' : (next?.run ?? 'nothing');
    }
    case 'cancel':
      return (await parts.service.cancel(order.run, 'token:test')).status;
    case 'release':
      return (await deletions.release('token:test')).map(({ run }) => run).join(',') || 'none';
    case 'move': {
      await mover.move(order.stack, `${order.stack}-${process.pid}`, 'token:test');
      return 'moved';
    }
    case 'supersede': {
      const head = headOf('f'.repeat(40), [affectedStack(order.stack, `newer ${order.round}`)]);
      const made = await db.transaction().execute((tx) => parts.planner.planHead(tx, head));
      return made.superseded.join(',') || 'none';
    }
  }
}
