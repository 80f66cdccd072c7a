import { expect, test } from 'vitest';
import type { Clock } from '../../kernel/clock.ts';
import { RepoLoop, type Round } from './repo-loop.ts';

/** A clock whose timers fire when the test says so. */
function virtualClock() {
  let now = 0;
  const timers = new Map<number, { readonly at: number; readonly fn: () => void }>();
  let ids = 0;
  const clock: Clock = {
    now: () => now,
    after(delayMs, fn) {
      const id = ids++;
      timers.set(id, { at: now + delayMs, fn });
      return () => void timers.delete(id);
    },
  };
  /** Fires the next timer; returns how long it had to be waited for. */
  const next = () => {
    const [first] = [...timers].sort(([, a], [, b]) => a.at - b.at);
    if (!first) throw new Error('no timer is set');
    timers.delete(first[0]);
    const waited = first[1].at - now;
    now = first[1].at;
    first[1].fn();
    return waited;
  };
  return { clock, next, pending: () => timers.size };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const idle: Round = { moved: false, nextInMs: 30_000 };

test('it looks at once, and then by its interval', async () => {
  const { clock, next } = virtualClock();
  let rounds = 0;
  const work = async () => {
    rounds++;
    return idle;
  };
  const loop = new RepoLoop({ clock, work });
  loop.start();
  await settle();
  expect(rounds).toBe(1);
  expect(next()).toBe(30_000);
  await settle();
  expect(rounds).toBe(2);
  await loop.stop();
});

test('long waits end at whole seconds, so that several repositories are asked in one wake; short ones as they are', async () => {
  const { clock, next } = virtualClock();
  const delays = [30_400, 10_001, 30_000, 1234];
  const loop = new RepoLoop({ clock, work: async () => ({ moved: false, nextInMs: delays.shift() ?? 1 }) });
  loop.start();
  const waits: number[] = [];
  for (let i = 0; i < 4; i++) {
    await settle();
    waits.push(next());
  }
  expect(waits).toEqual([31_000, 11_000, 30_000, 1234]);
  await loop.stop();
});

test('ten thousand hints during a round cost one more round', async () => {
  const { clock } = virtualClock();
  let rounds = 0;
  let finish = () => {};
  const work = () =>
    new Promise<Round>((resolve) => {
      rounds++;
      finish = () => resolve({ moved: true, nextInMs: 30_000 });
    });
  const loop = new RepoLoop({ clock, work });
  loop.start();
  for (let i = 0; i < 10_000; i++) loop.hint();
  finish();
  await settle();
  expect(rounds).toBe(2);
  finish();
  await settle();
  expect(rounds).toBe(2);
  await loop.stop();
});

test('hints that find nothing are answered ever more slowly, at most once a second; one that does resets it', async () => {
  const { clock, next } = virtualClock();
  let isMoving = false;
  const loop = new RepoLoop({ clock, work: async () => ({ moved: isMoving, nextInMs: 30_000 }) });
  loop.start();
  await settle();
  loop.hint();
  await settle();
  const waits: number[] = [];
  for (let i = 0; i < 7; i++) {
    loop.hint();
    waits.push(next());
    await settle();
  }
  expect(waits).toEqual([50, 100, 200, 400, 800, 1000, 1000]);
  isMoving = true;
  loop.hint();
  next();
  await settle();
  isMoving = false;
  loop.hint();
  await settle();
  // It ran at once: what is left is the second look of a hint that found nothing.
  expect(next()).toBe(2000);
  await loop.stop();
});

test('a hint that came before the push is visible is followed by a second look', async () => {
  const { clock, next } = virtualClock();
  const loop = new RepoLoop({ clock, work: async () => idle });
  loop.start();
  await settle();
  loop.hint();
  await settle();
  expect(next()).toBe(2000);
  await settle();
  expect(next()).toBe(30_000);
  await loop.stop();
});

test('stopped, it waits for its round, sets no timer and takes no hint', async () => {
  const { clock, pending } = virtualClock();
  let finish = () => {};
  let rounds = 0;
  const work = () =>
    new Promise<Round>((resolve) => {
      rounds++;
      finish = () => resolve(idle);
    });
  const loop = new RepoLoop({ clock, work });
  loop.start();
  let isStopped = false;
  const stopping = loop.stop().then(() => (isStopped = true));
  await settle();
  expect(isStopped).toBe(false);
  finish();
  await stopping;
  loop.hint();
  expect([pending(), rounds]).toEqual([0, 1]);
});
