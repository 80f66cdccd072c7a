import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { amendApplies, made, viaPort, withoutSaves } from '../support/instance/apply-ends.ts';
import { FullDiskLab, whyNotFullDisk } from '../support/instance/full-disk-lab.ts';
import { kill } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

let lab: FullDiskLab;
beforeEach(async () => {
  lab = await FullDiskLab.open();
});
afterEach(() => lab.close());

const title = `a worker whose disk is full${whyNotFullDisk === null ? '' : ` (skipped: ${whyNotFullDisk})`}`;

const said = (text: string) => until(() => lab.instance.log().includes(text) || null, 60_000);

describe.skipIf(whyNotFullDisk !== null)(title, { timeout: 240_000 }, () => {
  test('begins nothing and blocks nothing; what waits goes on by itself when there is room', async () => {
    const { instance, disk, repository } = lab;
    const id = await lab.applyUntilFull();
    disk.free();
    lab.go();
    expect(await lab.ended(id)).toMatchObject({ end: 'applied' });

    disk.fill();
    const head = repository.commit({ 'net/main.tf': made('b') });
    await until(async () => (await instance.runs()).find(({ commit }) => commit === head), 60_000);
    await said('ENOSPC');
    expect((await instance.runs())[0]).toMatchObject({ commit: head, status: 'queued' });
    disk.free();
    const [plan] = await instance.settled(head, 1);
    expect(plan).toMatchObject({ status: 'awaiting_approval', attempt: 1 });

    disk.fill();
    await lab.approve(plan?.id ?? '');
    await said(`${plan?.id}-apply-2`);
    expect(await instance.run(plan?.id ?? '')).toMatchObject({
      status: 'approved',
      waiting_for: [{ kind: 'worker' }],
    });
    disk.free();
    expect(await lab.ended(plan?.id ?? '')).toMatchObject({ status: 'applied', attempt: 2 });
  });

  test('and which is killed in mid-apply: its next life waits for room, and tells the whole end', async () => {
    const id = await lab.applyUntilFull();
    const worker = lab.instance.processes().find(({ command }) => /holdfast\.mjs worker/.test(command));
    kill(worker?.pid ?? 0);
    lab.go();
    await said('the worker waits for room');
    expect(await lab.instance.run(id)).toMatchObject({ status: 'applying' });
    lab.disk.free();
    expect(await lab.ended(id)).toMatchObject({ status: 'applied', end: 'applied', orphans: [] });
    expect(await lab.locks()).toEqual([]);
  });

  test('and a state that can be saved nowhere: nobody says applied, what is known is listed, the stack stops', async () => {
    const { instance } = lab;
    const stub = await withoutSaves(instance.address);
    instance.path = amendApplies(instance.dir, instance.path, { net: viaPort(stub.port) });
    const id = await lab.applyUntilFull();
    lab.go();
    const run = await lab.ended(id);
    stub.close();
    expect(run).toMatchObject({ status: 'failed', reason: expect.stringContaining('output is cut off') });
    expect(['unsaved_state', 'orphans']).toContain(run.end);
    expect(run.orphans).toContainEqual(expect.objectContaining({ address: 'terraform_data.a' }));
    expect(run.next_step).toContain('holdfast unblock net');
    expect((await instance.stacks())[0]?.blocked).toMatchObject({ run: id });
    expect(await lab.locks()).toEqual([]);
    const kept = await instance.cli('state', 'pull', 'net', '--run', id);
    expect({ exit: kept.exit, stdout: kept.stdout }).toEqual({ exit: 1, stdout: '' });
    expect(existsSync(join(instance.dataDir, 'workers', '1', 'rescued', `${id}-2`, 'apply', 'out'))).toBe(true);
  });
});
