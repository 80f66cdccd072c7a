import type { RecordRow } from './harness/record-row.ts';

const date = '2026-11-21';

/** Every seed that fell, with what mended it. They run first, each time. */
export const TRACK_RECORD: readonly RecordRow[] = [
  {
    ...{ date, promise: 'P1', seed: 2_456_704_635 },
    fell: 'killed while the answer to its claim was on the way: the apply stayed claimed by nobody, its stack locked',
    mendedBy: 'product: a worker notes its claims and gives back, in its next life, what it never began',
  },
  {
    ...{ date, promise: 'P1', seed: 2_608_810_819 },
    fell: 'adopted 9 s after worker and control plane were back: the worker looked for it up to 30 s apart',
    mendedBy: 'product: a worker that waits for its control plane says hello every 3 s at least',
  },
  {
    ...{ date, promise: 'P2', seed: 5 },
    fell: 'a plan by hand was refused with 500: two runs of one commit wrote its ref at the same time',
    mendedBy: 'product: the lock of a ref is waited for',
  },
  {
    ...{ date, promise: 'P2', seed: 2_512_694_954 },
    fell: 'what was being made when terraform was killed died of printing its secret, and was never made',
    mendedBy: 'harness: it prints before it begins',
  },
  {
    ...{ date, promise: 'P5', seed: 746_935_934 },
    fell: 'an apply that ended in the moment in which its worker came back was given up: its result was lost',
    mendedBy: 'product: an engine must have been dead for ten leases, not the silence be that old',
  },
  {
    ...{ date, promise: 'P7', seed: 1_744_353_586 },
    fell: 'a worker killed between the acknowledgement and the removal of its working copy left an errored.tfstate in it',
    mendedBy: 'product: a worker puts such copies aside at its start, and they go with the next heartbeat',
  },
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
