import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ApplyRig, sideEffect, TERRAFORM } from '../support/apply-rig.ts';
import { until } from '../support/until.ts';

const SECRET = 'a-value-of-the-state';

describe.skipIf(TERRAFORM === '')('an apply whose state cannot be saved', { timeout: 120_000 }, () => {
  let lab: ApplyRig;
  afterEach(() => lab.stop());

  /** An apply that waits for `go-a`, and a state endpoint that is away from then on. */
  async function withoutState(retryMs: number, more = '') {
    lab = await ApplyRig.start();
    lab.rig.plane.hello = { ...lab.rig.plane.hello, state_retry_ms: retryMs };
    await lab.work();
    await lab.plan(`${sideEffect(lab.rig.dir, 'a', `input = "${SECRET}"`)}${more}`);
    await lab.approve();
    await lab.engine();
    await until(async () => (await lab.side())[0]);
    const stackDir = join(lab.rig.root, 'work', 'key-r1', 'net');
    return { stackDir, back: await lab.stopState() };
  }

  it('waits: away for ten seconds at the final save, it ends 0, saved and unlocked', async () => {
    const { back } = await withoutState(600_000);
    await lab.rig.touch('go-a');
    await until(() => lab.rig.plane.logOf('r1').includes('terraform_data.a: Creation complete') || null);
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    expect(lab.rig.plane.applyOutcomes).toEqual([]);
    await back();
    expect(await lab.outcome()).toMatchObject({
      evidence: 'exited',
      exit_code: 0,
      change_summary: { add: 1 },
      errored_state: 'none',
      diagnostics: [],
    });
    expect(await lab.stored()).toEqual({ addresses: ['terraform_data.a'], isLocked: false });
  });

  it('beyond its retries hands in errored.tfstate, with its serial and lineage, and shows it nowhere', async () => {
    const { back } = await withoutState(1000);
    await lab.rig.touch('go-a');
    const outcome = await lab.outcome();
    await back();
    expect(outcome).toMatchObject({ evidence: 'exited', exit_code: 1, errored_state: 'captured', error: null });
    expect(outcome.completed).toMatchObject([{ address: 'terraform_data.a', action: 'create' }]);
    expect(outcome.diagnostics.map(({ summary }) => summary)).toContain('Failed to persist state to backend');
    expect(lab.rig.plane.erroredStates).toHaveLength(1);
    const state = JSON.parse(lab.rig.plane.erroredStates[0]?.text ?? '');
    expect(state).toMatchObject({ version: 4, resources: [{ type: 'terraform_data', name: 'a' }] });
    expect(JSON.stringify([outcome, lab.rig.plane.logOf('r1')])).not.toContain('"resources"');
    await until(async () => (await readdir(join(lab.rig.root, 'owners'))).length === 0 || null);
    expect(await readdir(join(lab.rig.root, 'work'))).toEqual([]);
  });

  it('that terraform could only print is taken from its output, and is not in the log', async () => {
    // As on a full disk: the file cannot be written.
    const { back } = await withoutState(
      1000,
      'resource "terraform_data" "block" {\n  provisioner "local-exec" {\n    command = "mkdir errored.tfstate"\n  }\n}\n',
    );
    await lab.rig.touch('go-a');
    const outcome = await lab.outcome();
    await back();
    expect(outcome).toMatchObject({ exit_code: 1, errored_state: 'captured' });
    const state = JSON.parse(lab.rig.plane.erroredStates[0]?.text ?? '');
    expect(state).toMatchObject({ version: 4 });
    expect(state.resources).toHaveLength(2);
    expect(JSON.stringify([outcome, lab.rig.plane.logOf('r1')])).not.toContain(SECRET);
    expect(lab.rig.plane.logOf('r1')).toContain('Emergency state dump\n');
  });

  it('and which the control plane refuses stays on the worker for a person', async () => {
    const { back } = await withoutState(1000);
    lab.rig.plane.erroredStateStatus = 409;
    await lab.rig.touch('go-a');
    const outcome = await lab.outcome();
    await back();
    expect(outcome).toMatchObject({ exit_code: 1, errored_state: 'unreadable' });
    expect(outcome.notes.join()).toContain(join(lab.rig.root, 'rescued'));
    const rescued = join(lab.rig.root, 'rescued', 'r1-2', 'errored.tfstate');
    const text = await until(() => readFile(rescued, 'utf8').catch(() => null));
    expect(JSON.parse(text)).toMatchObject({ version: 4, resources: [{ name: 'a' }] });
  });

  it('is known although its working directory was removed while it ran', async () => {
    const { stackDir, back } = await withoutState(1000);
    await rm(join(stackDir, '..'), { recursive: true });
    await lab.rig.touch('go-a');
    const outcome = await lab.outcome();
    await back();
    expect(outcome).toMatchObject({ evidence: 'exited', exit_code: 1, errored_state: 'unreadable' });
    // terraform claims to have written a file that it could not make: its stream is the only record.
    expect(outcome.notes.join()).toContain('errored.tfstate, which is not there');
    expect(outcome.completed).toMatchObject([{ address: 'terraform_data.a' }]);
  });
});
