import type { RecordRow } from './harness/record-row.ts';

const date = '2026-11-21';

/** Every seed that fell, with what mended it. They run first, each time. */
export const TRACK_RECORD: readonly RecordRow[] = [
  {
    ...{ date, promise: 'P4', seed: 2041432034 },
    fell: 'Redis came back with a policy that evicts, and was not used again when that was mended: approved runs waited for ever',
    mendedBy: 'product: a Redis that is there and was refused is looked at again with every ring',
  },
  {
    ...{ date, promise: 'P3-simulated', seed: 23 },
    fell: 'the answer to a claim of an apply was lost until its lease was over: interrupted, and nobody would ever tell',
    mendedBy: 'product: a worker whose repeated claim is answered with nothing gives that claim back',
  },
  {
    ...{ date, promise: 'P3-simulated', seed: 17206 },
    fell: 'the first try of a repeated claim arrived after the second was answered: a run that nobody began',
    mendedBy: 'product: a claim that is given back is void from then on',
  },
  {
    ...{ date, promise: 'P3', seed: 1 },
    fell: 'a stack was planned by two workers at once after one was silent for a lease',
    mendedBy: 'harness: that is meant so, a plan only reads; applies alone are probed',
  },
];
