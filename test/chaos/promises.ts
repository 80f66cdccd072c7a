import type { ChaosPromise } from './harness/chaos-promise.ts';
import { away } from './promises/p1-away.ts';
import { kills } from './promises/p1-kills.ts';
import { terraformKilled } from './promises/p2-terraform-killed.ts';
import { oneApply } from './promises/p3-real.ts';
import { simulated } from './promises/p3-simulated.ts';
import { redisFaults } from './promises/p4-redis.ts';
import { deadHolders } from './promises/p5-dead-holders.ts';
import { stateBackend } from './promises/p6-state-backend.ts';
import { fullDisk } from './promises/p7-full-disk.ts';
import { unsavedState } from './promises/p7-unsaved-state.ts';
import { keptFiles, mutations } from './promises/p8-mutations.ts';
import { database } from './promises/p9-database.ts';
import { rollingRestarts } from './promises/p11-rolling-restarts.ts';
import { badChat } from './promises/p15-bad-chat.ts';
import { driftCannotWrite } from './promises/p16-drift.ts';

/** Every promise, in the order in which they are tried. */
export const PROMISES: readonly ChaosPromise[] = [
  kills,
  away,
  terraformKilled,
  oneApply,
  redisFaults,
  deadHolders,
  unsavedState,
  fullDisk,
  rollingRestarts,
  simulated,
  stateBackend,
  mutations,
  keptFiles,
  database,
  badChat,
  driftCannotWrite,
];
