import { test } from 'vitest';
import { findBinary } from '../support/find-binary.ts';
import { checkKills } from '../support/instance/kills.ts';

const hasRedis = findBinary('redis-server') !== null;

test.skipIf(!hasRedis)(
  'FLUSHALL and kill -9 of Redis, a worker and the control plane amid queued plans cost none and repeat none (needs redis-server on PATH)',
  { timeout: 300_000 },
  () => checkKills({ seed: 1, stacks: 14, blows: ['flushall', 'redis', 'worker', 'control plane'] }),
);
