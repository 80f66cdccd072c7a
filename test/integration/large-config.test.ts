import { expect, test } from 'vitest';
import { repositoryConfigReader } from '../../src/compose/graph-reading.ts';
import { readConfig } from '../../src/compose/read-config.ts';
import { longestTurn } from '../support/longest-turn.ts';
import { ManualClock } from '../support/manual-clock.ts';

const clock = new ManualClock();

function configOf(stacks: number, more = ''): Buffer {
  const entries = Array.from(
    { length: stacks },
    (_, n) =>
      `  - {name: stack-${n}, dir: some/where/${n}, when_modified: ["../../shared/**/*.json"], drift: {every: 30m}}\n`,
  );
  return Buffer.from(`version: 1\nstacks:\n${entries.join('')}${more}`);
}

test('a holdfast.yaml of 8,000 stacks is read in a thread: no turn of the event loop takes long, and it says the same', {
  timeout: 120_000,
}, async () => {
  const bytes = configOf(8000);
  const read = repositoryConfigReader(clock);
  const { answer, ms } = await longestTurn(async () => read(bytes));
  expect(answer).toEqual(readConfig({ bytes, now: clock.now() }));
  expect(answer.config.stacks).toHaveLength(8000);
  // Read here it would be some 800 ms.
  expect(ms).toBeLessThan(100);
  // A head is looked at more than once.
  expect(read(Buffer.from(bytes))).toBe(read(bytes));
});

test('a small one is read at once, and what is wrong is said of both alike', { timeout: 60_000 }, async () => {
  const read = repositoryConfigReader(clock);
  expect(read(configOf(2))).not.toBeInstanceOf(Promise);
  expect(read(null)).toMatchObject({ faults: [] });
  const wrong = 'surprise: true\n';
  for (const stacks of [2, 1000]) {
    const { config, faults } = await read(configOf(stacks, wrong));
    expect(config.stacks).toEqual([]);
    expect(faults).toMatchObject([{ message: expect.stringContaining('surprise'), line: stacks + 3 }]);
  }
});
