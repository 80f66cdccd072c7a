import { kill } from '../../support/instance/test-instance.ts';
import type { ApplyWatch } from './apply-watch.ts';
import type { ChaosInstance } from './chaos-instance.ts';

export type Victim = 'worker' | 'control plane' | 'both' | 'shim';

export interface Blow {
  /** They are dead. */
  readonly struck: Promise<void>;
  /** They are back. */
  readonly over: Promise<void>;
}

/** kill -9 of a part, which is back `awayMs` later. The worker is that of the apply. */
export function strike(
  victim: Victim,
  { chaos, watch, awayMs }: { chaos: ChaosInstance; watch: ApplyWatch; awayMs: number },
): Blow {
  if (victim === 'shim') {
    const struck = watch.shimPid().then(kill);
    return { struck, over: struck };
  }
  const worker = chaos.workers.get(watch.worker);
  if (!worker) throw new Error(`there is no worker ${watch.worker}`);
  const slots = { worker: [worker], 'control plane': [chaos.server], both: [worker, chaos.server] }[victim];
  const blows = slots.map((slot) => slot.blow('SIGKILL', awayMs));
  return {
    struck: all(blows.map(({ struck }) => struck)),
    over: all(blows.map(({ over }) => over)),
  };
}

const all = (promises: readonly Promise<void>[]) => Promise.all(promises).then(() => {});
