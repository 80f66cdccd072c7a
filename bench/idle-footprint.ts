import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGitHttpServer } from '../test/support/git-http-server.ts';
import { makeRepository } from '../test/support/git-repository.ts';
import { withPlace } from './harness/bench-place.ts';
import { BenchInstance } from './harness/instance.ts';
import { measureTree } from './harness/process-tree.ts';
import { type BenchOptions, type BenchRow, noted, valueAtMost } from './harness/report.ts';

const REPOSITORIES = 100;
const POLL_S = 30;
/** After it, what was started for the first look at the repositories has ended. */
const SETTLE_S = 45;

/**
 * What `holdfast up` with one worker uses while nothing happens: memory of all its processes together, and CPU while it
 * polls 100 repositories over HTTP every 30 s.
 */
export async function runIdle({ isQuick, say }: Pick<BenchOptions, 'isQuick' | 'say'>): Promise<{ rows: BenchRow[] }> {
  const memory = await idleMemory(isQuick ? 5 : 30);
  say(`idle: ${memory.processes} processes`);
  const cpu = await (isQuick ? pollingCpu(1, 10) : pollingCpu(SETTLE_S, 2 * POLL_S));
  const id = 'idle';
  return {
    rows: [
      valueAtMost({ id, what: 'RSS of all processes, one worker, MiB', value: memory.rssMiB }, 300, 'MiB'),
      noted({ id, what: 'PSS of the same, MiB', value: memory.pssMiB, baseline: null }),
      valueAtMost({ id, what: `CPU polling ${REPOSITORIES} repositories, % of a core`, value: cpu.percent }, 1, '%'),
      noted({ id, what: 'RSS of all processes then, MiB', value: cpu.rssMiB, baseline: null }),
    ],
  };
}

function idleMemory(settleS: number) {
  return withPlace(async (dir) => {
    const repository = makeRepository(join(dir, 'repository'));
    repository.commit({ 'a/main.tf': 'resource "terraform_data" "a" { input = "a" }\n' });
    const watched = { name: 'one', url: repository.dir, first_sight: 'ignore' };
    const instance = await BenchInstance.start(join(dir, 'instance'), { repositories: [watched] });
    try {
      await sleep(settleS * 1000);
      return measureTree(instance.pid);
    } finally {
      await instance.stop();
    }
  });
}

function pollingCpu(settleS: number, forS: number) {
  return withPlace(async (dir) => {
    const first = makeRepository(join(dir, 'git', 'r0'));
    first.commit({ 'a/main.tf': 'resource "terraform_data" "a" { input = "a" }\n' });
    const names = Array.from({ length: REPOSITORIES }, (_, i) => `r${i}`);
    for (const name of names.slice(1)) cpSync(first.dir, join(dir, 'git', name), { recursive: true });
    const server = await startGitHttpServer({ root: join(dir, 'git') });
    const instance = await BenchInstance.start(join(dir, 'instance'), {
      repositories: names.map((name) => ({
        ...{ name, url: `${server.url}/${name}`, stack_prefix: `${name}/` },
        ...{ poll_interval: `${POLL_S}s`, first_sight: 'ignore' },
      })),
    });
    try {
      await instance.watching(REPOSITORIES);
      await sleep(settleS * 1000);
      const before = measureTree(instance.pid);
      const from = performance.now();
      await sleep(forS * 1000);
      const after = measureTree(instance.pid);
      const percent = ((after.cpuMs - before.cpuMs) / (performance.now() - from)) * 100;
      return { percent, rssMiB: after.rssMiB };
    } finally {
      await instance.stop();
      await server.close();
    }
  });
}
