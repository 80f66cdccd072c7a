import { findBinary } from '../../support/find-binary.ts';
import { ChaosInstance } from '../harness/chaos-instance.ts';
import type { ChaosPromise, Schedule, Verdict } from '../harness/chaos-promise.ts';
import type { Invariants } from '../harness/invariants.ts';
import { openShared } from '../harness/open-shared.ts';
import { pick } from '../harness/pick.ts';
import { failSaves, SAVE_FAILURES } from '../harness/save-failures.ts';

/** terraform's last save fails for good, in many ways. */
export const unsavedState: ChaosPromise = {
  id: 'P7',
  title:
    'State that could not be saved is captured, sealed and pushed back; the stack stays locked or blocked until then',
  unit: 'unsaved states',
  defaultCount: 40,
  quickCount: 1,
  atOnce: 5,
  patienceMs: 240_000,
  missing: () => (findBinary('terraform') === null ? 'needs terraform on PATH' : null),
  open: ({ dir }) =>
    openShared(() => ChaosInstance.open({ dir, workers: 2, timers: { state_retry: '1s' } }), tryUnsaved),
};

async function tryUnsaved(chaos: ChaosInstance, invariants: Invariants, schedule: Schedule): Promise<Verdict> {
  const { next, index } = schedule;
  const failure = pick(SAVE_FAILURES, next());
  const isWorkerKilled = next() < 0.3;
  const stack = `s${index}`;
  const things = 1 + Math.floor(next() * 3);
  const plan = await chaos.planned(stack, chaos.side.chain(stack, things, 0.1) + failure.more);
  const faults = failSaves(chaos, { stack, run: plan.id, failure, next });
  await chaos.approve(plan);
  const broken: string[] = [];
  const captured = await faults.captured;
  // It is on its way to the control plane: nobody else may have the stack.
  if (!(await invariants.locked()).includes(stack)) broken.push('its lock was free before the state was stored');
  if (isWorkerKilled) {
    const { struck, over } = chaos.workers.get(plan.worker ?? '')?.blow('SIGKILL') ?? {};
    await struck;
    captured.go();
    await over;
  } else captured.go();
  const run = await chaos.ended(plan);
  const isBlocked = async () =>
    (await chaos.json<{ blocked: object | null }>(`/api/v1/stacks/${stack}`))?.blocked != null;
  if (failure.isKept) {
    if (run.end !== 'unsaved_state') broken.push(`it ended ${run.status}, ${run.end}: ${run.reason}`);
    if (!(await isBlocked())) broken.push('the stack is not blocked');
    const restored = await chaos.post(`/api/v1/stacks/${stack}/state/errored/${run.id}/restore`, {});
    if (!restored?.ok)
      broken.push(`what was kept cannot be made current: ${restored?.status} ${await restored?.text()}`);
    await chaos.post(`/api/v1/stacks/${stack}/unblock`, { reason: 'the state that was kept is current' });
  } else if (run.end !== 'applied') broken.push(`it ended ${run.status}, ${run.end}: ${run.reason}`);
  if (await isBlocked()) broken.push('the stack is blocked although its state is stored');
  const known = await invariants.addresses(stack);
  for (const address of chaos.side.made(stack)) {
    if (!known.includes(address)) broken.push(`${address} was made, and is not in the state`);
  }
  if (faults.refused() === 0) broken.push('no save was refused: nothing was tried');
  if ((await invariants.locked()).includes(stack)) broken.push(`${stack} is locked still`);
  const kind = `${failure.name}${isWorkerKilled ? ', worker killed' : ''}`;
  if (broken.length === 0) return { held: true, kind };
  const evidence = [...broken, JSON.stringify(run), chaos.warnings()].join('\n');
  return { held: false, why: `${failure.name}: ${broken[0]}`, evidence, kind };
}
