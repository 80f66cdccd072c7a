import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Run } from '../../src/api/contract.ts';
import { hasBinary } from '../support/engine.ts';
import { makeRepository } from '../support/git-repository.ts';
import { kill, TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

let instance: TestInstance;
beforeEach(async () => {
  instance = await TestInstance.make();
});
afterEach(() => instance.remove());

const needs = hasBinary('terraform');
const title = `terraform dies in mid-apply${needs ? '' : ' (skipped: needs terraform)'}`;

const sideLog = () => join(instance.dir, 'side.log');
const made = () => (existsSync(sideLog()) ? readFileSync(sideLog(), 'utf8').trim().split('\n') : []);

/** Things that are made one by one, each with a line in the side log once it is there. */
function manyThings(count: number): string {
  const things = Array.from({ length: count }, (_, nth) => {
    const after = nth === 0 ? '' : `  depends_on = [terraform_data.t${nth - 1}]\n`;
    const command = `sleep 0.4; echo terraform_data.t${nth} >> '${sideLog()}'`;
    return `resource "terraform_data" "t${nth}" {\n${after}  provisioner "local-exec" {\n    command = ${JSON.stringify(command)}\n  }\n}\n`;
  });
  return things.join('');
}

async function plannedRun(files: Record<string, string>): Promise<string> {
  const repository = makeRepository(join(instance.dir, 'infra'));
  const head = repository.commit(files);
  instance.configure({ repositories: [{ name: 'infra', url: repository.dir }] });
  await instance.start('up');
  return (await instance.settled(head, 1))[0]?.id ?? '';
}

const ended = (id: string): Promise<Run> =>
  until(async () => {
    const run = await instance.run(id).catch(() => null);
    return run && ['applied', 'failed'].includes(run.status) ? run : null;
  }, 60_000);

async function stateAddresses(): Promise<string[]> {
  const { stdout } = await instance.cli('state', 'pull', 'net');
  if (stdout === '') return [];
  const { resources } = JSON.parse(stdout) as { resources: { type: string; name: string }[] };
  return resources.map(({ type, name }) => `${type}.${name}`);
}

describe.skipIf(!needs)(title, { timeout: 240_000 }, () => {
  test('what was made is in the state or in the ledger, ready to be imported; the stack stops until a person says so', async () => {
    const id = await plannedRun({ 'net/main.tf': manyThings(40) });
    expect((await instance.cli('approve', id)).exit).toBe(0);
    await until(() => Promise.resolve(made().length >= 5 || null), 60_000);
    const engine = instance.processes().find(({ command }) => /terraform apply/.test(command) && !/shim/.test(command));
    kill(engine?.pid ?? 0);
    const run = await ended(id);
    expect(run).toMatchObject({ status: 'failed', end: 'orphans' });
    const known = [...(await stateAddresses()), ...run.orphans.map(({ address }) => address)];
    expect(made()).toEqual(expect.arrayContaining(known));
    // What was being made when terraform died may live on, without an id: it is named.
    const inFlight = made().filter((address) => !known.includes(address));
    expect(inFlight.length).toBeLessThanOrEqual(1);
    for (const address of inFlight) expect(run.next_step).toContain(`${address} may exist`);
    for (const { import: block, address } of run.orphans) expect(block).toContain(`to = ${address}\n  id = "`);
    expect((await instance.stacks())[0]?.blocked).toMatchObject({ run: id });
    expect(await (await instance.ask('/api/v1/locks')).json()).toMatchObject({ locks: [] });

    const retry = JSON.parse((await instance.cli('retry', id, '--wait', '--json')).stdout) as Run;
    expect(retry).toMatchObject({ status: 'awaiting_approval', trigger: 'retry' });
    const refused = await instance.cli('approve', retry.id, '--json');
    expect(JSON.parse(refused.stdout).error).toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/blocked/),
    });
    expect((await instance.cli('unblock', 'net', '--reason', 'they may stay')).exit).toBe(0);
    expect((await instance.cli('approve', retry.id)).exit).toBe(0);
  });
});
