import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ApplyRig, sideEffect, TERRAFORM } from '../support/apply-rig.ts';
import { until } from '../support/until.ts';

describe.skipIf(TERRAFORM === '')('before an apply', { timeout: 90_000 }, () => {
  let lab: ApplyRig;
  afterEach(() => lab.stop());

  async function planned(main: string, change = {}) {
    lab = await ApplyRig.start();
    await lab.work();
    await lab.plan(main, change);
    await until(() => lab.rig.plane.heartbeats.find(({ kept }) => kept.includes('r1')));
  }

  it('a plan file with another digest is refused, and nothing is started', async () => {
    await planned('resource "terraform_data" "a" {}\n');
    await lab.approve({ plan_digest: 'f'.repeat(64) });
    const outcome = await lab.outcome();
    expect(outcome).toMatchObject({ evidence: 'never_started', exit_code: null, completed: [] });
    expect(outcome.error).toMatch(
      /the saved plan that came has the digest [0-9a-f]{64}, and f{64} was approved.*plan again/,
    );
    expect(lab.rig.plane.logOf('r1')).toMatch(/Nothing was applied: stack `net`: the saved plan that came/);
    expect(await lab.stored()).toEqual({ addresses: [], isLocked: false });
    expect(lab.rig.plane.processes).toEqual([]);
  });

  it('a plan file that was cut short on its way is refused, too', async () => {
    await planned('resource "terraform_data" "a" {}\n');
    await lab.approve();
    // Approved as it was, served as it is not.
    const bytes = lab.rig.plane.uploads.get('r1') ?? Buffer.alloc(0);
    lab.rig.plane.uploads.set('r1', bytes.subarray(0, bytes.length - 1));
    expect(await lab.outcome()).toMatchObject({
      evidence: 'never_started',
      error: expect.stringMatching(/and [0-9a-f]{64} was approved/),
    });
  });

  it('the copy of its plan comes back to its path, with what the plan made in it', async () => {
    const main = `resource "terraform_data" "a" {\n  input = fileexists("made-by-plan") ? file("made-by-plan") : "none"\n}\n`;
    await planned(`${main}output "path" {\n  value = abspath(path.module)\n}\n`);
    await lab.approve();
    expect(await lab.outcome()).toMatchObject({ exit_code: 0, error: null, notes: [] });
    expect(lab.rig.plane.logOf('r1')).toContain('Apply complete!');
  });

  it('a copy that is gone is made again from its sources, and so is the data directory', async () => {
    await planned(`resource "terraform_data" "a" {\n  input = abspath(path.module)\n}\n`);
    await rm(join(lab.rig.root, 'kept', 'r1'), { recursive: true });
    await rm(join(lab.rig.root, 'data'), { recursive: true });
    await lab.approve();
    const outcome = await lab.outcome();
    expect(outcome).toMatchObject({ exit_code: 0, error: null, change_summary: { add: 1 } });
    expect(outcome.notes).toEqual([
      'working copy: rebuilt from the sources',
      'init: the data directory of the plan is gone',
    ]);
    expect(await lab.stored()).toEqual({ addresses: ['terraform_data.a'], isLocked: false });
  });

  it('a copy that is gone has again what its plan made in it', async () => {
    // As archive providers do: a file that is made at plan and read at apply.
    lab = await ApplyRig.start();
    await lab.work();
    await lab.makeAtPlan('net/made/at-plan', 'of the plan');
    await lab.plan(
      `resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "cat made/at-plan >${lab.rig.dir}/seen"\n  }\n}\n`,
    );
    expect([...lab.rig.plane.workdirs.keys()]).toEqual(['r1']);
    await until(() => lab.rig.plane.heartbeats.find(({ kept }) => kept.includes('r1')));
    await rm(join(lab.rig.root, 'kept', 'r1'), { recursive: true });
    await lab.approve();
    const outcome = await lab.outcome();
    expect(outcome).toMatchObject({ exit_code: 0, error: null });
    expect(outcome.notes).toContain('working copy: with what the plan made');
    expect(await lab.rig.read('seen')).toBe('of the plan');
  });

  it('a plan of another root is planned again', async () => {
    await planned('resource "terraform_data" "a" {}\n');
    await lab.approve({ plan_root: '/elsewhere' });
    expect(await lab.outcome()).toMatchObject({
      evidence: 'never_started',
      error: expect.stringMatching(/its plan was made under `\/elsewhere`.*plan again/),
    });
  });

  it('an engine that is not the one that planned is refused', async () => {
    await planned('resource "terraform_data" "a" {}\n');
    await lab.approve({ engine: { name: 'terraform', version: '1.11.3', required: [] } });
    expect(await lab.outcome()).toMatchObject({
      evidence: 'never_started',
      error: expect.stringMatching(/needs terraform 1\.11\.3/),
    });
  });

  it('terraform is given three addresses, a day of patience, its secrets again, and no more', async () => {
    const main = `variable "e" {\n  ephemeral = true\n}\nvariable "f" {\n  ephemeral = true\n}\nresource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "env >\${path.cwd}/../../../../seen; echo token is $TF_HTTP_ADDRESS"\n  }\n}\n`;
    lab = await ApplyRig.start();
    lab.rig.plane.hello = { ...lab.rig.plane.hello, state_retry_ms: 86_400_000 };
    await lab.work();
    const environment = [
      { phase: 'all' as const, pass: [], values: { TF_VAR_e: 'ephemeral-value' } },
      { phase: 'plan' as const, pass: [], values: { ONLY_PLAN: 'p' } },
      { phase: 'apply' as const, pass: [], values: { ONLY_APPLY: 'secret-of-apply' } },
    ];
    await lab.plan(main, { environment, var_files: ['e.tfvars'] }, { 'e.tfvars': 'f = "from a file"\n' });
    await lab.approve();
    expect(await lab.outcome()).toMatchObject({ exit_code: 0, error: null });
    const seen = Object.fromEntries(
      (await readFile(join(lab.rig.dir, 'seen'), 'utf8')).split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)),
    );
    expect(seen).toMatchObject({
      TF_HTTP_RETRY_MAX: '5760',
      TF_HTTP_RETRY_WAIT_MAX: '15',
      TF_VAR_e: 'ephemeral-value',
      ONLY_APPLY: 'secret-of-apply',
    });
    expect(seen.ONLY_PLAN).toBeUndefined();
    expect(seen.TF_HTTP_ADDRESS).toMatch(/^http:\/\/hf:[\w-]+@127\.0\.0\.1:\d+\/state\/net$/);
    expect(seen.TF_HTTP_LOCK_ADDRESS).toBe(seen.TF_HTTP_ADDRESS);
    expect(seen.TF_HTTP_UNLOCK_ADDRESS).toBe(seen.TF_HTTP_ADDRESS);
    const token = /hf:([^@]+)@/.exec(seen.TF_HTTP_ADDRESS ?? '')?.[1] ?? '';
    expect(lab.rig.plane.logOf('r1')).toContain('token is http://hf:(sensitive)@');
    expect(JSON.stringify([lab.rig.plane.logOf('r1'), lab.rig.plane.applyOutcomes])).not.toContain(token);
  });

  it('a foreign backend is used as written, without an address of ours', async () => {
    lab = await ApplyRig.start();
    await lab.work();
    const state = join(lab.rig.dir, 'foreign.tfstate');
    const main = `terraform {\n  backend "local" {\n    path = "${state}"\n  }\n}\n${sideEffect(lab.rig.dir, 'a')}`;
    await lab.plan(
      `${main}resource "terraform_data" "b" {\n  provisioner "local-exec" {\n    command = "env >${lab.rig.dir}/seen"\n  }\n}\n`,
      {
        backend: 'foreign',
      },
    );
    await lab.rig.touch('go-a');
    await lab.approve();
    expect(await lab.outcome()).toMatchObject({ exit_code: 0, change_summary: { add: 2 }, errored_state: 'none' });
    expect(await lab.rig.read('seen')).not.toContain('TF_HTTP');
    expect(JSON.parse(await readFile(state, 'utf8')).resources).toHaveLength(2);
    await until(async () => (await readdir(join(lab.rig.root, 'owners'))).length === 0 || null);
  });
});
