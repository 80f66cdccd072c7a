import { expect, test } from 'vitest';
import { ApprovalService } from '../../src/features/runs/index.ts';
import { openDriftRig } from '../support/drift-rig.ts';

test('a check that is under way gives way to an approval', async () => {
  const rig = await openDriftRig();
  await rig.applied('a');
  const plan = await rig.walk(await rig.queue('a', 'two'), ['preparing', 'planning', 'awaiting_approval']);
  const check = await rig.side.check('a', 'x');
  if (!check) throw new Error('no check');
  await rig.walk(check, ['preparing', 'planning']);
  const approvals = new ApprovalService({
    ...{ db: rig.db, store: rig.store, door: rig.door, clock: rig.clock, ring: () => {}, planExpiresMs: 86_400_000 },
    world: {
      around: async () => ({ headDigest: plan.inputs_digest, isOwnState: false, storedState: null, isPlanKept: true }),
      gates: async () => ({ blocked: null, freeze: null, window: { isOpen: true } }),
    } as never,
    replanner: {} as never,
    headOf: async () => {
      throw new Error('not needed');
    },
  });
  const approved = approvals.approve(plan.id, null, 'token:ana');
  for (;;) {
    const now = await rig.store.find(check.id);
    if (now?.cancel_by !== null) break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await rig.walk(check, ['canceled']);
  expect((await approved).status).toBe('approved');
  expect(await rig.store.find(check.id)).toMatchObject({ status: 'canceled', cancel_by: 'token:ana' });
  await rig.close();
});
