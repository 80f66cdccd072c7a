import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstId, QUEUES, queuePrefix, ringForChannel, ringForRun, ringOnceMore } from './queue-catalogue.ts';

test('a job is named after run, phase and attempt, and carries the run alone', () => {
  expect(ringForRun('0a1b', 'apply', 3)).toEqual({ id: '0a1b-apply-3', payload: { run: '0a1b' } });
});

test('a further job of a ring is told by its id', () => {
  const more = ringOnceMore(ringForRun('0a1b', 'plan', 2), 7);
  expect(more).toEqual({ id: '0a1b-plan-2-again-7', payload: { run: '0a1b' } });
  expect([firstId(more.id), firstId('0a1b-plan-2')]).toEqual(['0a1b-plan-2', '0a1b-plan-2']);
});

test('a colon in a run id is refused, because BullMQ would refuse the job', () => {
  expect(() => ringForRun('a:b', 'plan', 1)).toThrow(/must not hold ":"/);
});

test('any channel name makes a job id that BullMQ takes', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (channel) => {
      expect(ringForChannel(channel).id).toMatch(/^channel-[0-9a-f]{16}$/);
    }),
  );
});

test('a payload is an id and nothing else', () => {
  expect(QUEUES.plan.safeParse({ run: 'x', command: 'rm' }).data).toEqual({ run: 'x' });
  for (const forged of [null, 7, {}, { run: '' }, { run: 7 }, { run: 'a:b' }, { run: 'x'.repeat(201) }]) {
    expect(QUEUES.plan.safeParse(forged).success).toBe(false);
  }
});

test('the prefix keeps one instance in one slot and apart from others', () => {
  expect(queuePrefix('a')).toBe('{holdfast-a}');
  expect(queuePrefix('a{b}:c')).toBe('{holdfast-a-b--c}');
});
