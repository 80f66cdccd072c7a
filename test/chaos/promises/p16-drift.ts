import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StateVersionList } from '../../../src/api/contract.ts';
import { findBinary } from '../../support/find-binary.ts';
import { until } from '../../support/until.ts';
import { ChaosInstance } from '../harness/chaos-instance.ts';
import type { ChaosPromise, Schedule, Verdict } from '../harness/chaos-promise.ts';
import type { Invariants } from '../harness/invariants.ts';
import { openShared } from '../harness/open-shared.ts';

const STACKS = 6;
const AT_ONCE = 3;
/** A check takes about half of this: the signal falls before, into and behind it. */
const LONGEST_MS = 900;

/** Drift checks whose engines get SIGINT at any moment, in a world that differs every other time. */
export const driftCannotWrite: ChaosPromise = {
  id: 'P16',
  title: 'Drift detection cannot write',
  unit: 'drift checks with SIGINT',
  defaultCount: 500,
  quickCount: 6,
  atOnce: AT_ONCE,
  patienceMs: 120_000,
  missing: () => (findBinary('terraform') === null ? 'needs terraform on PATH' : null),
  async open({ dir }) {
    const writes = new Set<string>();
    return openShared(
      () => openStacks(dir, writes),
      (chaos, invariants, schedule) => tryCheck(chaos, invariants, schedule, writes),
    );
  },
};

/** Applied stacks that read a file of the world, and an eye on every write and lock that a state is asked for. */
async function openStacks(dir: string, writes: Set<string>): Promise<ChaosInstance> {
  const chaos = await ChaosInstance.open({ dir, workers: 1, concurrency: AT_ONCE });
  mkdirSync(worldOf(chaos));
  for (let nth = 0; nth < STACKS; nth++) {
    const stack = `d${nth}`;
    writeFileSync(join(worldOf(chaos), stack), 'as applied');
    const world = `  input = file("${join(worldOf(chaos), stack)}")\n`;
    const plan = await chaos.planned(stack, `resource "terraform_data" "reader" {\n${world}}\n`);
    await chaos.approve(plan);
    await chaos.ended(plan);
  }
  chaos.proxy.hooks.add({
    async after({ method, path }, { status }) {
      const isWrite = path.startsWith('/state/') && method !== 'GET';
      if (isWrite)
        writes.add(`${method} ${path.split('/').at(-1)?.split('?')[0]} ${status < 300 ? 'taken' : 'refused'}`);
      return undefined;
    },
  });
  return chaos;
}

async function tryCheck(
  chaos: ChaosInstance,
  invariants: Invariants,
  { next, index }: Schedule,
  writes: ReadonlySet<string>,
): Promise<Verdict> {
  const stack = `d${index % STACKS}`;
  writeFileSync(join(worldOf(chaos), stack), next() < 0.5 ? 'as applied' : `changed ${next()}`);
  const before = await versionsOf(chaos, stack);
  const run = await ask(chaos, stack);
  const strikeAt = Date.now() + next() * LONGEST_MS;
  await new Promise((resolve) => setTimeout(resolve, strikeAt - Date.now()));
  const struck = interrupt(run);
  const ended = await chaos.waitFor(stack, `${run} ends`, (seen) =>
    seen.id === run && seen.finished_at !== null ? seen : null,
  );
  const after = await versionsOf(chaos, stack);
  const taken = [...writes].filter((write) => write.endsWith('taken'));
  const broken = [
    ...(after === before ? [] : [`the state of ${stack} was written: ${before} became ${after}`]),
    ...taken.map((write) => `a write was taken: ${write}`),
    ...((await invariants.locked()).includes(stack) ? [`${stack} is locked`] : []),
    ...(['unchanged', 'planned', 'failed'].includes(ended.status)
      ? []
      : [`the check ended ${ended.status}: ${ended.reason}`]),
  ];
  const measures = {
    'of them struck while they planned': struck ? 1 : [],
    'of them failed': ended.status === 'failed' ? 1 : [],
    'of them with differences': ended.status === 'planned' ? 1 : [],
  };
  if (broken.length === 0) return { held: true, measures };
  return { held: false, why: broken[0] ?? '', evidence: [...broken, chaos.warnings()].join('\n'), measures };
}

async function ask(chaos: ChaosInstance, stack: string): Promise<string> {
  return until(async () => {
    const answer = await chaos.post('/api/v1/drift/checks', { stacks: [stack] });
    if (!answer?.ok) return null;
    const { runs } = (await answer.json()) as { runs: { id: string }[] };
    return runs[0]?.id ?? null;
  }, 60_000);
}

async function versionsOf(chaos: ChaosInstance, stack: string): Promise<string> {
  const list = await until(() => chaos.json<StateVersionList>(`/api/v1/stacks/${stack}/state/versions`), 60_000);
  return list.versions.map(({ serial, digest }) => `${serial} ${digest.slice(0, 8)}`).join(', ');
}

/** SIGINT to the engine that plans for this run; false where none does now. */
function interrupt(run: string): boolean {
  // Not the shim, whose command line names the same file.
  const isEngine = (command: string) => /^[^\0]*terraform\0plan\0/.test(command) && command.includes(`${run}-`);
  const pid = pidsOf(isEngine);
  if (pid === undefined) return false;
  try {
    process.kill(pid, 'SIGINT');
    return true;
  } catch {
    return false;
  }
}

function pidsOf(isIt: (command: string) => boolean): number | undefined {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => {
    try {
      return isIt(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
    } catch {
      return false;
    }
  });
  return found === undefined ? undefined : Number(found);
}

function worldOf(chaos: ChaosInstance): string {
  return join(chaos.instance.dir, 'world');
}
