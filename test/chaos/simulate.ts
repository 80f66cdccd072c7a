import { seeded } from '../support/seeded.ts';
import { ACTIONS } from './sim-actions.ts';
import { checkInvariants } from './sim-invariants.ts';
import { attempt, settle } from './sim-settle.ts';
import { makeWorlds } from './sim-world.ts';

const TOTAL = ACTIONS.reduce((sum, [weight]) => sum + weight, 0);
const STACKS = 2;

/** Runs one schedule to its end; throws with the shortest part of it that still breaks a promise. Answers what happened, and how often. */
export function simulate(seed: number, steps: number): ReadonlyMap<string, number> {
  const schedule = Array.from({ length: steps }, (_, step) => step);
  try {
    return play(seed, schedule, null);
  } catch (error) {
    const shortest = shrink(seed, schedule, (error as Error).message);
    const told: string[] = [];
    const why = messageOf(() => play(seed, shortest, told)) ?? (error as Error).message;
    throw new Error(`seed ${seed}: ${why}\n${told.join('\n')}`, { cause: error });
  }
}

/** Plays these steps; each has chances of its own, so that others may be left out. */
function play(seed: number, schedule: readonly number[], told: string[] | null): ReadonlyMap<string, number> {
  const worlds = makeWorlds(STACKS);
  const [{ shared } = unreachable()] = worlds;
  for (const step of schedule) {
    const next = seeded(Math.imul(seed, 0x9e3779b1) + Math.imul(step, 0x85ebca6b));
    const world = worlds[Math.floor(next() * STACKS)] ?? unreachable();
    const [, name, action] = pick(next() * TOTAL);
    attempt(() => action(world, next));
    told?.push(`${world.stack} ${name}: ${world.runs.map(({ id, status }) => `${id} ${status}`).join(', ')}`);
    checkInvariants(world);
  }
  settle(worlds, shared, seeded(seed));
  for (const world of worlds) checkInvariants(world);
  return shared.seen;
}

/** Leaves out what is not needed to fail in the same way, half by half and then step by step. */
function shrink(seed: number, schedule: readonly number[], message: string): readonly number[] {
  const kind = message.replace(/[rxlc]\d{6}/g, '');
  let shortest = schedule;
  for (let size = schedule.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < shortest.length; ) {
      const without = [...shortest.slice(0, at), ...shortest.slice(at + size)];
      const fails = messageOf(() => play(seed, without, null))?.replace(/[rxlc]\d{6}/g, '') === kind;
      if (fails) shortest = without;
      else at += size;
    }
  }
  return shortest;
}

function messageOf(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function pick(at: number): (typeof ACTIONS)[number] {
  let left = at;
  for (const weighted of ACTIONS) {
    left -= weighted[0];
    if (left < 0) return weighted;
  }
  throw new Error('there are actions');
}

function unreachable(): never {
  throw new Error('there are stacks');
}
