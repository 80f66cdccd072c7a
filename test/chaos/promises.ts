import type { ChaosPromise } from './harness/chaos-promise.ts';
import { simulated } from './promises/p3-simulated.ts';

/** Every promise, in the order in which they are tried. */
export const PROMISES: readonly ChaosPromise[] = [simulated];
