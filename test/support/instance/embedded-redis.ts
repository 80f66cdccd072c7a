import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { until } from '../until.ts';
import { kill, type TestInstance } from './test-instance.ts';

/** FLUSHALL in the embedded redis-server, as anybody could who has its password; as soon as it holds something. */
export async function flushAll(instance: TestInstance): Promise<void> {
  await until(async () => {
    // It may just be coming back from a blow.
    const [, keys] = await tellRedis(instance, ['DBSIZE', 'FLUSHALL']).catch(() => []);
    return Number(keys?.slice(1)) > 0 || null;
  });
}

/** Everything that the embedded redis-server holds, as the bytes of its own dump. */
export async function dumpRedis(instance: TestInstance): Promise<Buffer> {
  await tellRedis(instance, ['CONFIG SET rdbcompression no', 'SAVE']);
  return readFileSync(join(instance.dataDir, 'redis', 'dump.rdb'));
}

/** Answers the lines it answered, that to AUTH first. Throws where one of them is an error. */
function tellRedis(instance: TestInstance, commands: readonly string[]): Promise<string[]> {
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
    socket.once('close', () => {
      if (/^-/m.test(answer)) reject(new Error(answer));
      else resolve(answer.split('\r\n'));
    });
    socket.write([`AUTH ${password}`, ...commands, 'QUIT', ''].join('\r\n'));
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
