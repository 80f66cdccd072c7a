import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort, TestInstance } from '../support/instance/test-instance.ts';

let instance: TestInstance;
beforeEach(async () => {
  instance = await TestInstance.make();
  instance.configure({ repositories: [], workers: { count: 0 } });
});
afterEach(() => instance.remove());

const TIMEOUT = 120_000;

/** Starts what must be refused; answers its one error. */
async function refused(...args: string[]) {
  const { exit, stdout, stderr } = await instance.cli(...args, '--json');
  expect(exit).toBe(1);
  expect(stderr).not.toContain('    at ');
  return (JSON.parse(stdout) as { error: { code: string; message: string; way_out: string } }).error;
}

test('a port in use is named, with the way out, and nothing is left', { timeout: TIMEOUT }, async () => {
  const port = Number(new URL(instance.address).port);
  const stranger = createServer().listen(port, '127.0.0.1');
  const [error, text] = await Promise.all([refused('up'), instance.cli('up')]);
  stranger.close();
  expect(error.code).toBe('conflict');
  expect(error.message).toContain(`127.0.0.1:${port} is in use by another program`);
  expect(error.way_out).toContain('listen');
  expect(text).toMatchObject({ exit: 1, stdout: '', stderr: expect.stringContaining(error.message) });
  expect(instance.processes()).toEqual([]);
});

test('a data_dir in use is refused, naming the living instance, which does not suffer', {
  timeout: TIMEOUT,
}, async () => {
  const first = await instance.start('up');
  const other = { version: 1, data_dir: './data', listen: `127.0.0.1:${await freePort()}`, workers: { count: 0 } };
  writeFileSync(join(instance.dir, 'other.yaml'), JSON.stringify(other));
  for (const args of [['up'], ['serve', '--config', 'other.yaml']]) {
    const error = await refused(...args);
    expect(error.code).toBe('conflict');
    expect(error.message).toContain(`data_dir ${instance.dataDir} is in use by Holdfast`);
    expect(error.message).toContain(`(pid ${first.pid}) at ${instance.address}`);
  }
  expect((await instance.ask('/api/v1/runs')).status).toBe(200);
  expect(await instance.stop()).toEqual([]);
});

test('a data_dir of a newer version is refused and left as it is', { timeout: TIMEOUT }, async () => {
  await instance.start('serve');
  await instance.stop();
  const database = new DatabaseSync(join(instance.dataDir, 'holdfast.db'));
  database.exec("insert into kysely_migration values ('0099-from-the-future', '2031-01-01T00:00:00.000Z')");
  database.close();
  const error = await refused('up');
  expect(error.message).toBe('this data_dir was written by a newer Holdfast (0099-from-the-future)');
  expect(error.way_out).toContain('newer version');
  expect(instance.processes()).toEqual([]);
});

test('every problem of a wrong server.yaml is said at once, with its line', { timeout: TIMEOUT }, async () => {
  const wrong = [
    'version: 1',
    'listn: 127.0.0.1:1',
    'limits: {log: ten}',
    'repositories:',
    '  - {name: a, url: /a}',
    '  - {name: a, url: {env: HF_UNSET}}',
  ];
  writeFileSync(join(instance.dir, 'server.yaml'), wrong.join('\n'));
  const { exit, stderr } = await instance.cli('up');
  expect(exit).toBe(1);
  expect(stderr).toMatch(/server\.yaml:2:1.*listn|listn.*server\.yaml:2:1/);
  expect(stderr).toContain('`listen`');
  for (const part of ['server.yaml:3:15', 'ten', 'server.yaml:6:', 'HF_UNSET']) expect(stderr).toContain(part);
});
