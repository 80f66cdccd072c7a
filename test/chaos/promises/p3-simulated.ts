import type { ChaosPromise } from '../harness/chaos-promise.ts';
import { scheduleSeed } from '../harness/schedule-seed.ts';
import { simulate } from '../simulate.ts';

const STEPS = 200;
const AT_ONCE = 500;

/** The pure decisions over two stacks, three workers and two controllers, driven by a virtual clock. */
export const simulated: ChaosPromise = {
  id: 'P3-simulated',
  title: 'At most one apply per stack and no run lost, whatever happens in which order',
  unit: 'schedules',
  defaultCount: 100_000,
  quickCount: 2000,
  atOnce: 1,
  patienceMs: 120_000,
  open: async () => ({
    async run({ seed, left }) {
      const tries = Math.min(AT_ONCE, left);
      for (let nth = 0; nth < tries; nth++) {
        const own = scheduleSeed(seed, nth);
        try {
          simulate(own, STEPS);
        } catch (error) {
          const [why = '', ...rest] = (error as Error).message.split('\n');
          return { held: false, tries: nth + 1, seed: own, why, evidence: rest.join('\n') };
        }
      }
      // Others may want the thread.
      await new Promise((resolve) => setImmediate(resolve));
      return { held: true, tries };
    },
  }),
};
