import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ApplyRig, sideEffect, TERRAFORM } from '../support/apply-rig.ts';
import { until } from '../support/until.ts';

describe.skipIf(TERRAFORM === '')('an approved plan', { timeout: 90_000 }, () => {
  let lab: ApplyRig;
  afterEach(() => lab.stop());

  it('is applied: saved, unlocked, told with its log after that of the plan, and nothing is left', async () => {
    lab = await ApplyRig.start();
    await lab.work();
    await lab.plan(`${sideEffect(lab.rig.dir, 'a')}resource "terraform_data" "b" {}\n`);
    const planLog = lab.rig.plane.logOf('r1');
    await lab.rig.touch('go-a');
    await lab.approve();
    const outcome = await lab.outcome();
    expect(outcome).toMatchObject({
      attempt: 2,
      evidence: 'exited',
      exit_code: 0,
      change_summary: { add: 2, change: 0, remove: 0, import: 0 },
      planned: 2,
      errored: [],
      unfinished: [],
      errored_state: 'none',
      signalled: false,
      adopted: false,
      error: null,
    });
    expect(outcome.completed.map(({ address }) => address).sort()).toEqual(['terraform_data.a', 'terraform_data.b']);
    expect(outcome.completed[0]).toMatchObject({ action: 'create', id_key: 'id', type: 'terraform_data' });
    expect(await lab.stored()).toEqual({
      addresses: ['terraform_data.a', 'terraform_data.b'],
      isLocked: false,
    });
    expect(await lab.side()).toEqual(['a']);
    const log = lab.rig.plane.logOf('r1');
    expect(log.startsWith(planLog)).toBe(true);
    expect(log.slice(planLog.length)).toContain('terraform_data.b: Creation complete');
    expect(log).toMatch(/The engine ended with exit code 0\.\n$/);
    expect(lab.rig.plane.processes).toMatchObject([{ run: 'r1', attempt: 2 }]);
    await until(async () => (await readdir(join(lab.rig.root, 'runs'))).length === 0 || null);
    await until(async () => (await readdir(join(lab.rig.root, 'owners'))).length === 0 || null);
    expect(await readdir(join(lab.rig.root, 'work'))).toEqual([]);
    expect((await lab.rig.processes()).filter((line) => line.includes(' apply'))).toEqual([]);
  });

  it('has one log for plan and apply within `limits.log`, the beginning and the end of each', async () => {
    lab = await ApplyRig.start();
    lab.rig.plane.hello = { ...lab.rig.plane.hello, log_limit_bytes: 20_000 };
    await lab.work();
    const loud =
      'provisioner "local-exec" {\n command = "yes 0123456789012345678901234567890123456789 | head -n 2000; echo the last"\n }';
    await lab.plan(
      `resource "terraform_data" "many" {\n  count = 300\n}\nresource "terraform_data" "loud" {\n${loud}\n}\n`,
    );
    const planBytes = Buffer.byteLength(lab.rig.plane.logOf('r1'));
    expect(planBytes).toBeLessThan(10_000 + 100);
    await lab.approve();
    expect(await lab.outcome()).toMatchObject({ exit_code: 0 });
    const log = lab.rig.plane.logOf('r1');
    expect(Buffer.byteLength(log)).toBeGreaterThan(15_000);
    expect(Buffer.byteLength(log)).toBeLessThan(20_000 + 200);
    expect(log.match(/left out\]/g)).toHaveLength(2);
    expect(log).toMatch(/The engine ended with exit code 0\.\n$/);
  });
});
