import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { silentLogger } from '../../kernel/logger.ts';
import type { Admissible } from '../runs/index.ts';
import { Doorbell, type Ring } from './doorbell.ts';

const run = (id: string, attempt = 0): Admissible => ({ id, stack: id, phase: 'plan', attempt });
const ringOf = (id: string, attempt = 1): Ring => ({ run: id, phase: 'plan', attempt });

let clock: ManualClock;
let admissible: Admissible[];
let heard: (readonly Ring[])[];
let afresh: boolean[];
let isThere: boolean;
let doorbell: Doorbell;

beforeEach(() => {
  clock = new ManualClock();
  admissible = [run('a'), run('b')];
  heard = [];
  afresh = [];
  isThere = true;
  const ring = async (rings: readonly Ring[], isAfresh: boolean) => {
    if (isThere) heard.push(rings);
    afresh.push(isAfresh);
    return isThere;
  };
  const runs = { admissible: async (limit: number) => admissible.slice(0, limit) };
  doorbell = new Doorbell({ runs, bell: { ring }, clock, logger: silentLogger });
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

  it('never rejects', async () => {
    const runs = { admissible: () => Promise.reject(new Error('no database')) };
    const bell = { ring: async () => true };
    await new Doorbell({ runs, bell, clock, logger: silentLogger }).ring();
  });
});
