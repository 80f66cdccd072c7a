import { expect, test } from 'vitest';
import { workerEnvironment } from './worker-environment.ts';

const rule = (pass: string[]) => ({ stacks: ['**'], phase: 'all' as const, pass, values: {} });
const env = { PATH: '/bin', OPS_WEBHOOK_URL: 'u', AWS_KEY: 'k', HOLDFAST_REDIS_URL: 'r', HOLDFAST_LOG_LEVEL: 'warn' };

test('workers inherit neither our settings nor what server.yaml reads its secrets from', () => {
  const given = workerEnvironment(env, { environmentNames: ['OPS_WEBHOOK_URL', 'AWS_KEY'], environment: [] });
  expect(given).toEqual({ PATH: '/bin', HOLDFAST_LOG_LEVEL: 'warn' });
});

test('what `environment` passes on by name or prefix reaches them all the same', () => {
  const config = { environmentNames: ['OPS_WEBHOOK_URL', 'AWS_KEY'], environment: [rule(['AWS_*'])] };
  expect(workerEnvironment(env, config)).toEqual({ PATH: '/bin', AWS_KEY: 'k', HOLDFAST_LOG_LEVEL: 'warn' });
});
