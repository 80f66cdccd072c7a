import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findBinary } from '../support/find-binary.ts';
import { makeRepository } from '../support/git-repository.ts';
import { made } from '../support/instance/apply-ends.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

const terraform = findBinary('terraform');
const title = `an engine that is another one at the apply${terraform ? '' : ' (skipped: terraform is not on PATH)'}`;
let instance: TestInstance;
beforeEach(async () => {
  instance = await TestInstance.make();
});
afterEach(() => instance.remove());

/** The real one, which says that it is another version, and notes every apply. */
function offer(file: string, version: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const answer = JSON.stringify({ terraform_version: version });
  const note = `[ "$1" = apply ] && echo ${version} >>'${join(instance.dir, 'applies')}'`;
  const text = `#!/bin/sh\n[ "$1" = version ] && { echo '${answer}'; exit 0; }\n${note}\nexec '${terraform}' "$@"\n`;
  // As a package manager does it: another file under the same name.
  writeFileSync(`${file}.new`, text, { mode: 0o755 });
  renameSync(`${file}.new`, file);
}

/** Approves a plan; answers its run once that is set aside, and the plan that follows on it. */
async function setAside(stack: string, id: string) {
  expect((await instance.cli('approve', id)).exit).toBe(0);
  await until(async () => (await instance.run(id)).status === 'stale' || null, 60_000);
  const next = await until(async () => {
    const run = (await instance.runs()).find((one) => one.stack === stack && one.id > id);
    return run && ['awaiting_approval', 'failed'].includes(run.status) ? run : null;
  }, 60_000);
  return { run: await instance.run(id), next: await instance.run(next.id) };
}

describe.skipIf(!terraform)(title, { timeout: 240_000 }, () => {
  test('is refused before it starts, and the stack is planned again with what is there now, or says what is missing', async () => {
    const bin = join(instance.dir, 'bin');
    const engines = join(instance.dir, 'engines');
    offer(join(bin, 'terraform'), '1.11.4');
    offer(join(engines, '1.9.8', 'terraform'), '1.9.8');
    instance.path = `${bin}:${instance.path}`;
    const repository = makeRepository(join(instance.dir, 'infra'));
    const holdfast = { version: 1, stacks: [{ name: 'old', dir: 'old', engine_version: '1.9.8' }] };
    const head = repository.commit({
      'new/main.tf': made('a'),
      'old/main.tf': made('a'),
      'holdfast.yaml': JSON.stringify(holdfast),
    });
    const repositories = [{ name: 'infra', url: repository.dir }];
    instance.configure({ repositories, engines: { dir: engines } });
    await instance.start('up');
    const runs = await instance.settled(head, 2);
    const idOf = (stack: string) => runs.find((run) => run.stack === stack)?.id ?? '';

    offer(join(bin, 'terraform'), '1.12.0');
    const swapped = await setAside('new', idOf('new'));
    expect(swapped.run.reason).toMatch(/needs terraform 1\.11\.4.*1\.12\.0 on PATH/);
    expect(swapped.run.end).toBeNull();
    expect(swapped.next).toMatchObject({ status: 'awaiting_approval', trigger: 'retry', summary: { add: 1 } });
    expect((await instance.cli('approve', swapped.next.id, '--wait')).exit).toBe(0);

    rmSync(join(engines, '1.9.8'), { recursive: true });
    const vanished = await setAside('old', idOf('old'));
    expect(vanished.run.reason).toMatch(/needs terraform 1\.9\.8/);
    expect(vanished.next).toMatchObject({ status: 'failed' });
    expect(vanished.next.error?.summary).toContain('1.9.8');
    expect(JSON.parse((await instance.cli('locks', '--json')).stdout).locks).toEqual([]);
    expect((await instance.stacks()).map(({ name, blocked }) => ({ name, blocked }))).toEqual([
      { name: 'new', blocked: null },
      { name: 'old', blocked: null },
    ]);
    expect(readFileSync(join(instance.dir, 'applies'), 'utf8')).toBe('1.12.0\n');
  });
});
