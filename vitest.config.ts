import { defineConfig } from 'vitest/config';

const isFull = process.env.HOLDFAST_TEST_FULL === '1';

export default defineConfig({
  test: {
    include: isFull
      ? ['test/**/*.full.test.ts']
      : ['src/**/*.test.ts', 'workers/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    exclude: ['node_modules/**', 'dist/**', ...(isFull ? [] : ['test/**/*.full.test.ts'])],
    pool: 'forks',
    // Real processes on two cores: a test waits for events, its limit is only there to end a hang.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    maxWorkers: 2,
  },
});
