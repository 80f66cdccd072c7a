import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineFolder, hasBinary, removeEngineFolders, stateEnvironment } from '../support/engine.ts';
import { makeRepository } from '../support/git-repository.ts';
import { resource } from '../support/instance/stack-files.ts';
import { TestInstance } from '../support/instance/test-instance.ts';

const HTTP = 'terraform {\n  backend "http" {}\n}\n';
let instance: TestInstance;
let address: string;

beforeAll(async () => {
  instance = await TestInstance.make();
  const repository = makeRepository(join(instance.dir, 'infra'));
  const head = repository.commit({ 'net/prod/main.tf': resource('own') });
  instance.configure({ repositories: [{ name: 'infra', url: repository.dir }] });
  await instance.start('up');
  await instance.settled(head, 1);
  const token = readFileSync(join(instance.dataDir, 'admin.token'), 'utf8').trim();
  address = `${instance.address.replace('//', `//ana:${token}@`)}/state/net%2Fprod`;
});
afterAll(async () => {
  await instance.remove();
  removeEngineFolders();
});

describe.skipIf(!hasBinary('terraform'))('a state kept by Holdfast, used from a laptop (needs terraform)', () => {
  test('is listed, printed and restored by the command line', { timeout: 180_000 }, async () => {
    expect(await instance.cli('state', 'pull', 'net/prod')).toMatchObject({ exit: 1, stdout: '' });
    expect((await instance.cli('state', 'list', 'net/prod')).stdout).toBe('Holdfast keeps no state of net/prod.\n');

    const laptop = new EngineFolder(
      'terraform',
      { 'main.tf': HTTP + resource('own', 'one') },
      stateEnvironment(address),
    );
    expect(await laptop.run('init')).toMatchObject({ code: 0 });
    expect(await laptop.run('apply', '-auto-approve')).toMatchObject({ code: 0 });
    laptop.write('main.tf', HTTP + resource('own', 'two'));
    expect(await laptop.run('apply', '-auto-approve')).toMatchObject({ code: 0 });

    const { json } = await asJson('state', 'list', 'net/prod');
    const serials = json.versions.map(({ serial }: { serial: number }) => serial);
    expect(serials).toEqual(serials.toSorted((a: number, b: number) => b - a));
    expect(json.versions[0]).toMatchObject({ who: 'token:local', run: null });

    const pulled = await instance.cli('state', 'pull', 'net/prod');
    expect(JSON.parse(pulled.stdout)).toEqual(JSON.parse((await laptop.run('state', 'pull')).stdout));
    expect(pulled.stdout).toContain('"two"');

    const wanted = await serialOf('"one"', serials);
    const open = (await instance.runs()).find(({ status }) => status === 'awaiting_approval');
    const refused = await asJson('state', 'restore', 'net/prod', '--serial', String(wanted));
    expect(refused).toMatchObject({ exit: 1, json: { error: { code: 'conflict' } } });
    expect(refused.json.error.message).toContain(`run ${open?.id} is open`);
    expect((await instance.cli('discard', open?.id ?? '')).exit).toBe(0);

    const restored = await asJson('state', 'restore', 'net/prod', '--serial', String(wanted));
    expect(restored).toMatchObject({ exit: 0, json: { restored_from: wanted, version: { serial: serials[0] + 1 } } });
    expect((await laptop.run('state', 'pull')).stdout).toContain('"one"');
  });
});

async function serialOf(text: string, serials: readonly number[]): Promise<number> {
  for (const serial of serials) {
    const { stdout } = await instance.cli('state', 'pull', 'net/prod', '--serial', String(serial));
    if (stdout.includes(text)) return serial;
  }
  throw new Error(`no version holds ${text}`);
}

async function asJson(...args: string[]) {
  const { exit, stdout } = await instance.cli(...args, '--json');
  return { exit, json: JSON.parse(stdout) };
}
