import { findBinary } from '../../support/find-binary.ts';
import { kill } from '../../support/instance/test-instance.ts';
import { until } from '../../support/until.ts';
import { ApplyWatch } from '../harness/apply-watch.ts';
import { ChaosInstance } from '../harness/chaos-instance.ts';
import type { ChaosPromise, Schedule, Verdict } from '../harness/chaos-promise.ts';
import type { Invariants } from '../harness/invariants.ts';
import { openShared } from '../harness/open-shared.ts';

const KNOWN_WITHIN_MS = 10_000;
/** terraform saves its state at most so often while it applies: past it, a kill loses only the newest. */
const SAVES_EVERY_S = 20;
/** How long nobody may begin it again by himself: several sweeps. */
const QUIET_MS = 3000;

/** SIGKILL of terraform itself, between two saves of its state. */
export const terraformKilled: ChaosPromise = {
  id: 'P2',
  title: 'terraform killed: what was made and is not in the state is listed, ready to import; the stack stops',
  unit: 'kills',
  defaultCount: 40,
  quickCount: 1,
  atOnce: 6,
  patienceMs: 240_000,
  missing: () => (findBinary('terraform') === null ? 'needs terraform on PATH' : null),
  open: ({ dir }) => openShared(() => ChaosInstance.open({ dir, workers: 6, concurrency: 2 }), tryKill),
};

async function tryKill(chaos: ChaosInstance, invariants: Invariants, schedule: Schedule): Promise<Verdict> {
  const { next, index } = schedule;
  const stack = `s${index}`;
  const isLong = next() < 0.25;
  const [things, seconds] = isLong ? [40, 0.8] : [30, 0.1 + next() * 0.3];
  const after = isLong ? Math.ceil(SAVES_EVERY_S / seconds) + Math.floor(next() * 8) : Math.floor(next() * 12);
  const plan = await chaos.planned(stack, chaos.side.chain(stack, things, seconds));
  const watch = new ApplyWatch(chaos, plan, things);
  await chaos.approve(plan);
  const pid = await watch.enginePid();
  await until(() => chaos.side.begun(stack).length > after || null, 120_000);
  await new Promise((resolve) => setTimeout(resolve, next() * 400));
  kill(pid);
  const killedAt = Date.now();
  await chaos.ended(plan);
  const knownMs = Date.now() - killedAt;
  // What was being made lives on without its terraform.
  await until(() => chaos.side.made(stack).length >= chaos.side.begun(stack).length || null);
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const known = await chaos.ended(plan);
  const stored = await invariants.addresses(stack);
  const listed = known.orphans.map(({ address }) => address);
  const made = chaos.side.made(stack);
  const begunLast = chaos.side.begun(stack).at(-1);
  const unlisted = made.filter((address) => !stored.includes(address) && !listed.includes(address));
  const isNamed = (address: string) =>
    address === begunLast && (known.next_step ?? '').includes(`${address} may exist`);
  const bad = (block: string | null, address: string) => !block?.includes(`to = ${address}\n  id = "`);
  const blocked = await chaos.json<{ blocked: { run: string } | null }>(`/api/v1/stacks/${stack}`);
  const broken = [
    ...(known.status === 'failed' && known.end === 'orphans' ? [] : [`it ended ${known.status}, ${known.end}`]),
    ...unlisted.filter((address) => !isNamed(address)).map((address) => `${address} was made, and is told nowhere`),
    ...listed.filter((address) => !made.includes(address)).map((address) => `${address} is listed and was never made`),
    ...listed.filter((address) => stored.includes(address)).map((address) => `${address} is listed and in the state`),
    ...known.orphans
      .filter(({ import: block, address }) => bad(block, address))
      .map(({ address }) => `${address}: no import`),
    ...made.filter((address, at) => made.indexOf(address) !== at).map((address) => `${address} was made twice`),
    ...(blocked?.blocked?.run === plan.id ? [] : ['the stack is not blocked']),
    ...((await invariants.locked()).includes(stack) ? [`${stack} is locked still`] : []),
    ...(knownMs > KNOWN_WITHIN_MS ? [`it was known after ${knownMs} ms only`] : []),
    ...(await refusal(chaos, stack, known.id)),
  ];
  const measures = { 'known after ms': knownMs, 'orphans listed': listed.length, 'made and saved': stored.length };
  if (broken.length === 0) return { held: true, measures };
  const evidence = [...broken, JSON.stringify(known), JSON.stringify({ made, stored }), chaos.warnings()].join('\n');
  return { held: false, why: broken[0] ?? '', evidence, measures };
}

/** Planned again it is, but nobody may apply it before a person has decided. */
async function refusal(chaos: ChaosInstance, stack: string, dead: string): Promise<string[]> {
  await chaos.post('/api/v1/runs', { stack, kind: 'plan' });
  const again = await chaos.waitFor(stack, 'waits for approval again', (run) =>
    run.id !== dead && run.status === 'awaiting_approval' ? run : null,
  );
  const answer = await chaos.post(`/api/v1/runs/${again.id}/approve`, { plan_digest: again.plan_digest });
  const text = (await answer?.text()) ?? '';
  return answer?.status === 409 && text.includes('blocked') ? [] : [`a blocked stack was approved: ${answer?.status}`];
}
