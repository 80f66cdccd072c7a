import { expect, test } from 'vitest';
import { redisConfigFile } from './redis-config-file.ts';

const address = { dir: '/data dir/"x"', password: 'secret', socket: '/data dir/ä\n.sock' };

test('a path can hold anything without becoming another line', () => {
  const text = redisConfigFile(address, null);
  expect(text).toContain('unixsocket "/data dir/\\xc3\\xa4\\x0a.sock"\n');
  expect(text).toContain('dir "/data dir/\\x22x\\x22"\n');
  expect(text).toContain('port 0\n');
});

test('a port is bound to loopback only, and nothing is ever dumped', () => {
  const text = redisConfigFile(address, 7000);
  expect(text).toContain('bind 127.0.0.1\nport 7000\n');
  expect(text).not.toContain('unixsocket');
  expect(text).toContain('save ""\nappendonly no\n');
});
