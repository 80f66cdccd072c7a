import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { until } from '../until.ts';
import { kill, type TestInstance } from './test-instance.ts';

/** FLUSHALL in the embedded redis-server, as anybody could who has its password. Answers what it held before. */
export function flushAll(instance: TestInstance): Promise<string> {
  const folder = join(instance.dataDir, 'redis');
  const { password } = JSON.parse(readFileSync(join(folder, 'address.json'), 'utf8')) as { password: string };
  return new Promise((resolve, reject) => {
    const socket = createConnection(join(folder, 'redis.sock'));
    let answer = '';
    socket.setEncoding('utf8');
    socket.once('error', reject);
    socket.on('data', (text) => {
      answer += text;
    });
    socket.once('close', () => resolve(answer));
    socket.write(`AUTH ${password}\r\nDBSIZE\r\nFLUSHALL\r\nQUIT\r\n`);
  });
}

/** kill -9 of the embedded redis-server itself, not of its wrapper. */
export async function killRedis(instance: TestInstance): Promise<void> {
  kill(await until(() => redisPid(instance)));
}

function redisPid(instance: TestInstance): number | null {
  const isServer = (command: string) => command.includes('redis-server') && !command.includes('holdfast-child');
  return instance.processes().find(({ command }) => isServer(command))?.pid ?? null;
}
