import type { ChaosPromise } from './harness/chaos-promise.ts';
import { simulated } from './promises/p3-simulated.ts';
import { stateBackend } from './promises/p6-state-backend.ts';
import { mutations } from './promises/p8-mutations.ts';
import { database } from './promises/p9-database.ts';

/** Every promise, in the order in which they are tried. */
export const PROMISES: readonly ChaosPromise[] = [simulated, stateBackend, mutations, database];
