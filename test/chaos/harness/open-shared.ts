import type { ChaosInstance } from './chaos-instance.ts';
import type { Schedule, Trial, Verdict } from './chaos-promise.ts';
import { Invariants } from './invariants.ts';

/** A trial whose schedules share one instance; the invariants are looked at after each, those about rest and secrets at the end. */
export async function openShared(
  open: () => Promise<ChaosInstance>,
  run: (chaos: ChaosInstance, invariants: Invariants, schedule: Schedule) => Promise<Verdict>,
): Promise<Trial> {
  const chaos = await open();
  const invariants = new Invariants(chaos);
  return {
    run: (schedule) => run(chaos, invariants, schedule),
    broken: () => invariants.broken(),
    async close() {
      try {
        const broken = await invariants.brokenAtEnd();
        if (broken.length > 0) throw new Error(broken.join('\n'));
      } finally {
        await chaos.close();
      }
    },
  };
}
