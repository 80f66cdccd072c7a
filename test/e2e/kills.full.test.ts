import { describe, test } from 'vitest';
import { findBinary } from '../support/find-binary.ts';
import { apartShape, wasmShape } from '../support/instance/instance-shape.ts';
import { type Blow, checkKills } from '../support/instance/kills.ts';

const hasRedis = findBinary('redis-server') !== null;
const ALL: readonly Blow[] = ['flushall', 'redis', 'worker', 'control plane', 'everything', 'restart'];
const TIMEOUT = 300_000;

describe.skipIf(!hasRedis)('amid 30 queued plans (needs redis-server on PATH)', () => {
  test.each(ALL)('%s, twice: all end, none is planned twice', { timeout: TIMEOUT }, (blow) =>
    checkKills({ seed: ALL.indexOf(blow) + 10, stacks: 30, blows: [blow, blow] }),
  );

  test.each([21, 22])('all of them one after the other, seed %i', { timeout: TIMEOUT }, (seed) =>
    checkKills({ seed, stacks: 30, blows: [...ALL, ...ALL.toReversed()] }),
  );

  test.each([31, 32])('with `serve` and two `worker`s apart, seed %i', { timeout: TIMEOUT }, (seed) =>
    checkKills({ seed, stacks: 30, blows: ALL.toReversed(), shape: apartShape() }),
  );
});

test('on Valkey in WebAssembly kill -9 of worker and control plane amid 30 queued plans', { timeout: TIMEOUT }, () =>
  checkKills({ seed: 41, stacks: 30, blows: ['worker', 'control plane', 'worker'], shape: wasmShape }),
);
