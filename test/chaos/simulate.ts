import { seeded } from '../support/seeded.ts';
import { ACTIONS } from './sim-actions.ts';
import { checkInvariants } from './sim-invariants.ts';
import { makeWorld, Refused } from './sim-world.ts';

const TOTAL = ACTIONS.reduce((sum, [weight]) => sum + weight, 0);

/** Runs one schedule to its end; throws with the whole schedule where a promise was broken. Answers what happened, and how often. */
export function simulate(seed: number, steps: number): ReadonlyMap<string, number> {
  const next = seeded(seed);
  const world = makeWorld();
  const told: string[] = [];
  try {
    for (let step = 0; step < steps; step++) {
      const [, name, action] = pick(next() * TOTAL);
      told.push(name);
      try {
        action(world, next);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
      checkInvariants(world);
    }
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}\n${told.join(', ')}`, { cause: error });
  }
  return world.seen;
}

function pick(at: number): (typeof ACTIONS)[number] {
  let left = at;
  for (const weighted of ACTIONS) {
    left -= weighted[0];
    if (left < 0) return weighted;
  }
  throw new Error('there are actions');
}
