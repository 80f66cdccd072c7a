import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from '../../support/find-binary.ts';
import { until } from '../../support/until.ts';
import { ChaosInstance } from '../harness/chaos-instance.ts';
import type { ChaosPromise, Schedule, Verdict } from '../harness/chaos-promise.ts';
import type { Invariants } from '../harness/invariants.ts';
import { openShared } from '../harness/open-shared.ts';
import { readLog } from '../harness/read-log.ts';

const APPLIES = 3;
const THINGS = 5;

/** An update of everything, part by part, while applies are under way. */
export const rollingRestarts: ChaosPromise = {
  id: 'P11',
  title: 'A deploy never signals an apply',
  unit: 'rolling restarts',
  defaultCount: 10,
  quickCount: 0,
  atOnce: 1,
  patienceMs: 240_000,
  missing: () => (findBinary('terraform') === null ? 'needs terraform on PATH' : null),
  open: ({ dir }) => openShared(() => ChaosInstance.open({ dir, workers: 2, engineBin: makeListening(dir) }), roll),
};

/** A `terraform` that writes down every signal that reaches it or its group while it applies, and passes none on. */
function makeListening(dir: string): string {
  const bin = join(dir, 'engine');
  mkdirSync(bin, { recursive: true });
  const names = ['HUP', 'INT', 'QUIT', 'PIPE', 'TERM', 'USR1', 'USR2'];
  const traps = names.map((name) => `trap 'echo ${name} >>${dir}/signals' ${name}`).join('\n');
  const real = findBinary('terraform');
  const script = `#!/bin/sh\n[ "$1" = apply ] || exec '${real}' "$@"\n${traps}\n'${real}' "$@" &\nchild=$!\n`;
  // `wait` returns at every signal, so that none is told late; the engine itself is in the same group.
  const wait = 'while :; do wait $child; code=$?; kill -0 $child 2>/dev/null || exit $code; done\n';
  writeFileSync(join(bin, 'terraform'), script + wait, { mode: 0o755 });
  return bin;
}

async function roll(chaos: ChaosInstance, invariants: Invariants, schedule: Schedule): Promise<Verdict> {
  const { next, index } = schedule;
  const stacks = Array.from({ length: APPLIES }, (_, nth) => `s${index}-${nth}`);
  const plans = await Promise.all(
    stacks.map((stack) => chaos.planned(stack, chaos.side.chain(stack, THINGS, 1 + next()))),
  );
  await Promise.all(plans.map((plan) => chaos.approve(plan)));
  // A worker applies one at a time: the last begins while parts are restarted.
  const isAmid = () => stacks.filter((stack) => chaos.side.begun(stack).length > 0).length >= 1;
  await until(() => isAmid() || null, 60_000);
  const before = stacks.filter((stack) => chaos.side.made(stack).length < THINGS).length;
  const slots = [chaos.server, ...chaos.workers.values()].sort(() => next() - 0.5);
  for (const slot of slots) {
    await new Promise((resolve) => setTimeout(resolve, next() * 500));
    await slot.blow('SIGTERM', next() * 300).over;
  }
  const amid = stacks.filter((stack) => chaos.side.made(stack).length < THINGS).length;
  const runs = await Promise.all(plans.map((plan) => chaos.ended(plan)));
  const broken: string[] = [];
  for (const run of runs) {
    if (run.end !== 'applied') broken.push(`${run.stack} ended ${run.status}, ${run.end}: ${run.reason}`);
    const log = await readLog(chaos, run.id);
    if (!log.includes('ended with exit code 0.')) broken.push(`${run.stack}: its exit code is not 0`);
    broken.push(...(await invariants.brokenOf(run.stack, run)));
  }
  const file = join(schedule.dir, '..', 'signals');
  if (existsSync(file))
    broken.push(`signals reached an apply: ${readFileSync(file, 'utf8').trim().replaceAll('\n', ' ')}`);
  const measures = { 'applies that a restart began amid': before, 'under way still when it was over': amid };
  if (broken.length === 0) return { held: true, measures };
  return { held: false, why: broken[0] ?? '', evidence: [...broken, chaos.warnings()].join('\n'), measures };
}
