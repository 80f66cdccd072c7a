import { expect, test } from 'vitest';
import { checkEvictionPolicy } from './redis-policy.ts';

const answer = (text: string) => ({ info: async () => text });

test('noeviction is fine, and the version is told', async () => {
  const info = answer('# Server\r\nredis_version:7.0.15\r\nmaxmemory_policy:noeviction\r\n');
  expect(await checkEvictionPolicy(info, 'h:1')).toBe('7.0.15');
});

test('a Valkey tells its own version, not the Redis one it stands for', async () => {
  expect(await checkEvictionPolicy(answer('redis_version:7.2.4\nvalkey_version:9.1.1\n'), 'h:1')).toBe('9.1.1');
});

test('a Redis that evicts is refused with the way out', async () => {
  const info = answer('redis_version:7.0.15\r\nmaxmemory_policy:allkeys-lru\r\n');
  await expect(checkEvictionPolicy(info, 'h:1')).rejects.toThrow(
    'Redis at h:1 has maxmemory-policy "allkeys-lru" and may drop jobs; set `maxmemory-policy noeviction`',
  );
});
