import { join } from 'node:path';
import { expect } from 'vitest';
import { makeRepository } from '../git-repository.ts';
import { seeded } from '../seeded.ts';
import { until } from '../until.ts';
import { flushAll, killRedis } from './embedded-redis.ts';
import { type InstanceShape, upShape } from './instance-shape.ts';
import { makeProbingEngine, type ProbingEngine } from './probing-engine.ts';
import { resource, stackName } from './stack-files.ts';
import { AT_REST, TestInstance } from './test-instance.ts';

/** What happens in the middle of the plans. */
export type Blow = 'flushall' | 'redis' | 'worker' | 'control plane' | 'everything' | 'restart';

export interface KillsOptions {
  readonly seed: number;
  readonly stacks: number;
  readonly blows: readonly Blow[];
  /** Default: `up`. */
  readonly shape?: InstanceShape;
}

const PATIENCE_MS = 180_000;

/**
 * Queues a plan for every stack, strikes at seeded moments, and pushes a new head in between: every run comes to rest, every
 * stack ends with its newest head planned, no run is planned twice, no stack twice at once, and no process is left over.
 */
export async function checkKills({ seed, stacks, blows, shape = upShape }: KillsOptions): Promise<void> {
  const chance = seeded(seed);
  const instance = await TestInstance.make();
  const engine = makeProbingEngine(instance.dir, 0.3);
  instance.path = `${engine.bin}:${instance.path}`;
  try {
    const names = Array.from({ length: stacks }, (_, index) => stackName(index + 1));
    const repository = makeRepository(join(instance.dir, 'infra'));
    const filesOf = (wanted: readonly string[], input: string) =>
      Object.fromEntries(wanted.map((name) => [`${name}/main.tf`, resource('own', input)]));
    const first = repository.commit(filesOf(names, 'a'));
    instance.configure({
      repositories: [{ name: 'infra', url: repository.dir, poll_interval: '1s' }],
      workers: { count: 1, concurrency: 3 },
    });
    await shape.start(instance);

    const moments = blows.map((_, index) => Math.floor(((index + chance()) * (stacks - 4)) / blows.length) + 1);
    const pushAfter = Math.floor(chance() * blows.length);
    const moved = names.filter(() => chance() < 0.2).concat(names.slice(0, 1));
    let newest = first;
    for (const [index, blow] of blows.entries()) {
      await until(() => engine.begun().length >= (moments[index] ?? 0) || null, PATIENCE_MS);
      await strike(instance, shape, blow);
      if (index === pushAfter) newest = repository.commit(filesOf(moved, 'b'));
    }
    await expectAllPlanned(instance, engine, (stack) => (moved.includes(stack) ? newest : first), names);
    expect(await instance.stop()).toEqual([]);
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}\n${await evidence(instance)}`);
  } finally {
    await instance.remove();
  }
}

async function strike(instance: TestInstance, shape: InstanceShape, blow: Blow): Promise<void> {
  if (blow === 'flushall') await flushAll(instance);
  else if (blow === 'redis') await killRedis(instance);
  else if (blow === 'worker') await shape.killWorker(instance);
  else if (blow === 'control plane') await shape.killControlPlane(instance);
  else if (blow === 'everything') await shape.killEverything(instance);
  else await shape.restart(instance);
}

async function expectAllPlanned(
  instance: TestInstance,
  engine: ProbingEngine,
  headOf: (stack: string) => string,
  names: readonly string[],
): Promise<void> {
  const wanted = Object.fromEntries(names.map((name) => [name, headOf(name)]));
  const look = async () => {
    const runs = await instance.runs();
    const isDone = runs.every(({ status }) => AT_REST.includes(status));
    const waiting = runs.filter(({ status }) => status === 'awaiting_approval');
    return isDone && waiting.length >= names.length && waiting.some(({ commit }) => commit === headOf(names[0] ?? ''))
      ? runs
      : null;
  };
  const runs = await until(look, PATIENCE_MS, 100).catch(async () => instance.runs());
  const waiting = runs.filter(({ status }) => status === 'awaiting_approval');
  const others = runs.filter(({ status }) => status !== 'awaiting_approval');
  expect(others.filter(({ status }) => status !== 'superseded')).toEqual([]);
  expect(Object.fromEntries(waiting.map(({ stack, commit }) => [stack, commit]))).toEqual(wanted);
  expect(waiting).toHaveLength(names.length);
  expect(engine.twice()).toEqual([]);
  const begun = engine.begun();
  expect(begun).toEqual([...new Set(begun)]);
  expect(engine.ended().toSorted()).toEqual(begun.toSorted());
}

/** What went wrong where: runs that did not end well, and the log from warnings up. */
async function evidence(instance: TestInstance): Promise<string> {
  const runs = (await instance.runsOrNull()) ?? [];
  const odd = runs.filter(({ status }) => status !== 'awaiting_approval' && status !== 'superseded');
  const lines = instance
    .log()
    .split('\n')
    .filter((line) => /"level":[456]0/.test(line));
  return [...odd.map((run) => JSON.stringify(run)), ...lines.slice(-60)].join('\n');
}
