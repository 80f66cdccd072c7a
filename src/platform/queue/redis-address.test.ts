import { expect, test } from 'vitest';
import { messageOf } from '../../kernel/errors.ts';
import { parseRedisUrl, unixRedisUrl } from './redis-address.ts';

test.each([
  ['redis://localhost', { host: 'localhost', port: 6379, db: 0 }, 'localhost:6379'],
  ['redis://:p%40ss@h:1/2', { host: 'h', port: 1, db: 2, password: 'p@ss' }, 'h:1'],
  ['redis://user:pw@[::1]:6380', { host: '::1', port: 6380, db: 0, username: 'user', password: 'pw' }, '[::1]:6380'],
  ['rediss://h', { host: 'h', port: 6379, db: 0, tls: { servername: 'h' } }, 'h:6379'],
  ['unix:///run/r.sock', { path: '/run/r.sock', db: 0 }, '/run/r.sock'],
  ['unix:///a%20b/r.sock?password=p%26w&db=3', { path: '/a b/r.sock', db: 3, password: 'p&w' }, '/a b/r.sock'],
  ['/run/r.sock', { path: '/run/r.sock' }, '/run/r.sock'],
])('%s is read', (text, options, label) => {
  expect(parseRedisUrl(text)).toEqual({ options, label });
});

test.each(['http://h', 'redis://', 'redis://h/x', 'redis://h:99999', 'unix://host/x', 'localhost', '', 'unix:x'])(
  '%s is refused with the way out',
  (text) => {
    expect(() => parseRedisUrl(text)).toThrow(/write redis_url as redis:/);
  },
);

test('a refusal never shows the password', () => {
  const wrong = [
    'redis://:hunter2@h/x',
    'redis//:hunter2@h',
    'http://u:hunter2@h',
    'redis://:hunter2@h:99999',
    'redis://:hunter2%zz@h',
  ];
  for (const text of wrong) {
    let message = '';
    try {
      parseRedisUrl(text);
    } catch (error) {
      message = messageOf(error);
    }
    expect(message).toContain('redis_url');
    expect(message).not.toContain('hunter2');
  }
});

test('a socket path with spaces and umlauts survives the way through a URL', () => {
  const url = unixRedisUrl('/tmp/ä b#c?d/%20/r.sock', 'p&w#?%');
  expect(parseRedisUrl(url).options).toEqual({ path: '/tmp/ä b#c?d/%20/r.sock', db: 0, password: 'p&w#?%' });
});
