import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { silentLogger } from '../../kernel/logger.ts';
import type { Admissible } from '../runs/index.ts';
import { Doorbell, type Ring } from './doorbell.ts';

const run = (id: string, attempt = 0): Admissible => ({ id, stack: id, phase: 'plan', attempt });
const ringOf = (id: string, attempt = 1): Ring => ({ run: id, phase: 'plan', attempt });

let clock: ManualClock;
let admissible: Admissible[];
let errands: Admissible[];
let slots: number;
let heard: (readonly Ring[])[];
let afresh: boolean[];
/** Runs whose jobs nobody has taken; null: the queue is away. */
let waiting: string[] | null;
let isThere: boolean;
let doorbell: Doorbell;

beforeEach(() => {
  clock = new ManualClock();
  admissible = [run('a'), run('b')];
  errands = [];
  slots = 10;
  heard = [];
  afresh = [];
  waiting = [];
  isThere = true;
  const ring = async (rings: readonly Ring[], isAfresh: boolean) => {
    if (isThere) heard.push(rings);
    afresh.push(isAfresh);
    return isThere;
  };
  const waitingPlans = async () => {
    const ids = waiting;
    return ids && { count: ids.length, has: (one: Ring) => ids.includes(one.run) };
  };
  const claimable = {
    errands: async () => errands,
    plans: async (limit: number) => admissible.slice(0, limit),
  };
  const bell = { ring, waitingPlans };
  doorbell = new Doorbell({ claimable, slots: async () => slots, bell, clock, logger: silentLogger });
});

describe('the doorbell', () => {
  it('says of an apply which root it is for', async () => {
    admissible = [{ ...run('a'), phase: 'apply', root: '/w/1' }];
    await doorbell.ring();
    expect(heard).toEqual([[{ ...ringOf('a'), phase: 'apply', root: '/w/1' }]]);
  });

  it('rings once for what stays admissible, and for what becomes so', async () => {
    await doorbell.ring();
    await doorbell.ring();
    expect(heard).toEqual([[ringOf('a'), ringOf('b')]]);
    admissible = [run('b'), run('c'), run('a', 1)];
    await doorbell.ring();
    expect(heard[1]).toEqual([ringOf('c'), ringOf('a', 2)]);
  });

  it('rings again for a run that came back as it was', async () => {
    await doorbell.ring();
    admissible = [run('b')];
    await doorbell.ring();
    admissible = [run('a'), run('b')];
    await doorbell.ring();
    expect(heard[1]).toEqual([ringOf('a')]);
  });

  it('trusts a job for a while only, and not at all where jobs were lost or refused', async () => {
    await doorbell.ring();
    clock.advance(3000);
    await doorbell.ring();
    await doorbell.ringAgain();
    expect(heard).toHaveLength(3);
    isThere = false;
    await doorbell.ringAgain();
    isThere = true;
    await doorbell.ring();
    expect(heard[3]).toEqual([ringOf('a'), ringOf('b')]);
  });

  it('forgets what it rang while somebody says that jobs were lost', async () => {
    const first = doorbell.ring();
    const again = doorbell.ringAgain();
    await Promise.all([first, again]);
    expect(heard).toHaveLength(2);
    expect(heard[1]).toEqual([ringOf('a'), ringOf('b')]);
  });

  it('rings afresh once for each time it is asked to', async () => {
    await doorbell.ring();
    await doorbell.ringAfresh();
    await doorbell.ringAgain();
    expect(afresh).toEqual([false, true, false]);
  });

  it('rings for no more plans than there are slots, and two, however many wait', async () => {
    admissible = 'abcdefghij'.split('').map((id) => run(id));
    slots = 3;
    await doorbell.ring();
    expect(heard).toEqual([['a', 'b', 'c', 'd', 'e'].map((id) => ringOf(id))]);
  });

  it('takes any job that waits for one of any plan, and makes up for those that were taken', async () => {
    admissible = 'abcdefghij'.split('').map((id) => run(id));
    slots = 3;
    waiting = ['gone', 'too', 'b'];
    await doorbell.ring();
    expect(heard).toEqual([[ringOf('a'), ringOf('c')]]);
    waiting = ['gone', 'too', 'b', 'a', 'c'];
    admissible = admissible.slice(3);
    await doorbell.ringAfresh();
    expect(heard).toHaveLength(1);
    waiting = [];
    await doorbell.ring();
    expect(heard[1]).toEqual(['d', 'e', 'f', 'g', 'h'].map((id) => ringOf(id)));
  });

  it('rings for everything there is room for while nobody knows what waits', async () => {
    waiting = null;
    await doorbell.ring();
    expect(heard).toEqual([[ringOf('a'), ringOf('b')]]);
  });

  it('rings for every apply and every synthesis, and says whether one of those waits', async () => {
    slots = 0;
    waiting = ['x', 'y'];
    errands = [{ ...run('p'), phase: 'apply' }];
    await doorbell.ring();
    expect(heard).toEqual([[{ run: 'p', phase: 'apply', attempt: 1 }]]);
    expect(doorbell.hasSyntheses).toBe(false);
    errands = [run('synth-1'), run('synth-2'), run('synth-3')];
    await doorbell.ring();
    expect(heard[1]).toEqual(['synth-1', 'synth-2', 'synth-3'].map((id) => ringOf(id)));
    expect(doorbell.hasSyntheses).toBe(true);
    errands = [];
    await doorbell.ring();
    expect(doorbell.hasSyntheses).toBe(false);
  });

  it('never rejects', async () => {
    const broken = () => Promise.reject(new Error('no database'));
    const bell = { ring: async () => true, waitingPlans: async () => null };
    const claimable = { errands: broken, plans: broken };
    await new Doorbell({ claimable, slots: broken, bell, clock, logger: silentLogger }).ring();
  });
});
