import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { BenchInstance, hookedRepository, recordedAt } from './instance.ts';
import { layLocalStates, makeTinyStacks, type TinyStacks } from './tiny-stacks.ts';

/** An instance that has planned every one of its tiny stacks, and a checkout for whoever it is compared with. */
export interface TinyInstance {
  readonly instance: BenchInstance;
  readonly stacks: TinyStacks;
  /** A clone at the newest commit, with the same states as local ones. */
  checkout(): string;
}

/** Starts it in `dir`. Every stack has a state already, which its first plan agrees with. */
export async function openTinyStacks(
  dir: string,
  options: {
    readonly count: number;
    readonly concurrency: number;
    /** As in server.yaml. */
    readonly channels?: readonly Readonly<Record<string, unknown>>[];
  },
): Promise<TinyInstance> {
  const stacks = makeTinyStacks(join(dir, 'repository'), options.count);
  const clone = join(dir, 'checkout');
  execFileSync('git', ['clone', '--quiet', stacks.repository.dir, clone]);
  layLocalStates(stacks, clone);
  const instance = await BenchInstance.start(join(dir, 'instance'), {
    repositories: [{ ...hookedRepository('tiny', stacks.repository.dir), first_sight: 'ignore' }],
    workers: { count: 1, concurrency: options.concurrency },
    ...(options.channels ? { channels: options.channels } : {}),
  });
  try {
    for (const name of stacks.names) await instance.pushState(name, stacks.stateOf(name));
    // The first plan of a stack needs init.
    const tiny = { instance, stacks, checkout: () => pull(clone) };
    await pushAndTime(tiny, stacks.touch());
    return tiny;
  } catch (error) {
    await instance.stop();
    throw error;
  }
}

/** Tells the instance of a commit that touches all stacks; answers the ms until the last result was recorded. */
export async function pushAndTime({ instance, stacks }: TinyInstance, commit: string): Promise<number> {
  const from = Date.now();
  await instance.hook('tiny', commit);
  // What counts is when each result was recorded, so that looking seldom costs nothing but patience.
  const runs = await instance.settled(commit, stacks.names.length, 1000);
  const bad = runs.find(({ status }) => status !== 'unchanged' && status !== 'awaiting_approval');
  if (bad) throw new Error(`run ${bad.id} of ${bad.stack} is ${bad.status}: ${JSON.stringify(bad.error)}`);
  return Math.max(...runs.map(recordedAt)) - from;
}

function pull(clone: string): string {
  execFileSync('git', ['pull', '--quiet', '--ff-only'], { cwd: clone });
  return clone;
}
