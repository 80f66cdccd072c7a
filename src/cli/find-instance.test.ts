import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FindInstanceOptions, findInstance } from './find-instance.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-find-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const find = (options: Partial<FindInstanceOptions> = {}) =>
  findInstance({ server: undefined, token: undefined, config: undefined, env: {}, cwd: dir, ...options });

async function instanceIn(folder: string, address = 'http://127.0.0.1:4601') {
  const { mkdir } = await import('node:fs/promises');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'instance.json'), JSON.stringify({ pid: 1, address, version: '1' }));
  await writeFile(join(folder, 'admin.token'), 'local-token\n');
}

test('the local instance is found by data_dir, with its token', async () => {
  await instanceIn(join(dir, '.holdfast'));
  expect(await find()).toMatchObject({ address: 'http://127.0.0.1:4601', token: 'local-token' });
});

test('a server.yaml with secrets that are not set here still says where data_dir is', async () => {
  await instanceIn(join(dir, 'elsewhere'));
  await writeFile(
    join(dir, 's.yaml'),
    'data_dir: ./elsewhere\nredis_url: {env: NOT_SET}\nnonsense: [1\n'.replace('[1', '1'),
  );
  expect(await find({ config: 's.yaml' })).toMatchObject({ token: 'local-token' });
  expect(await find({ env: { HOLDFAST_CONFIG: 's.yaml' } })).toMatchObject({ token: 'local-token' });
  expect(await find({ env: { HOLDFAST_DATA_DIR: 'elsewhere' } })).toMatchObject({ token: 'local-token' });
});

test('flags go before the environment, and that before the local one', async () => {
  await instanceIn(join(dir, '.holdfast'));
  const env = { HOLDFAST_SERVER: 'https://env.example.com/', HOLDFAST_TOKEN: 'env-token' };
  expect(await find({ env })).toMatchObject({ address: 'https://env.example.com', token: 'env-token' });
  const flags = { server: 'https://flag.example.com/base/', token: 'flag-token' };
  expect(await find({ env, ...flags })).toMatchObject({
    address: 'https://flag.example.com/base',
    token: 'flag-token',
    from: '--server',
  });
  expect(await find({ token: 'flag-token' })).toMatchObject({ address: 'http://127.0.0.1:4601', token: 'flag-token' });
});

test('a token may lie in a file', async () => {
  await writeFile(join(dir, 't'), 'from-file\n');
  const env = { HOLDFAST_SERVER: 'http://x', HOLDFAST_TOKEN_FILE: 't' };
  expect(await find({ env })).toMatchObject({ token: 'from-file' });
});

test('the local token goes to the local address and to no other', async () => {
  await instanceIn(join(dir, '.holdfast'));
  expect(await find({ server: 'https://other.example.com' })).toMatchObject({ token: null });
  expect(await find({ server: 'http://127.0.0.1:4601' })).toMatchObject({ token: 'local-token' });
});

test('nothing running is an error with the way out', async () => {
  await expect(find()).rejects.toMatchObject({
    code: 'away',
    message: expect.stringContaining(join(dir, '.holdfast/instance.json')),
    treatment: { wayOut: expect.stringContaining('holdfast up') },
  });
});

test('a token with a line break is refused without being shown', async () => {
  const error = await find({ server: 'http://x', token: 'ab\r\ncd' }).catch((thrown: unknown) => thrown);
  expect(String(error)).toContain('check --token');
  expect(String(error)).not.toContain('ab');
});
