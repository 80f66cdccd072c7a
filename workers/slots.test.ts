import { expect, it } from 'vitest';
import { Slots } from './slots.ts';

const never = new AbortController().signal;

it('gives as many places as there are, also beside adopted runs', async () => {
  const slots = new Slots(2);
  slots.takeAnyway();
  slots.takeAnyway();
  slots.takeAnyway();
  let taken = false;
  const waiting = slots.take(never).then((answer) => {
    taken = answer;
  });
  slots.give();
  await Promise.resolve();
  expect(taken).toBe(false);
  slots.give();
  await waiting;
  expect(taken).toBe(true);
});

it('gives a place at once, or not at all', () => {
  const slots = new Slots(1);
  expect([slots.tryTake(), slots.tryTake()]).toEqual([true, false]);
  slots.give();
  expect(slots.tryTake()).toBe(true);
});

it('lets a waiting one give up without taking the turn of another', async () => {
  const slots = new Slots(1);
  await slots.take(never);
  const giving = new AbortController();
  const first = slots.take(giving.signal);
  const second = slots.take(never);
  giving.abort();
  expect(await first).toBe(false);
  slots.give();
  expect(await second).toBe(true);
});
