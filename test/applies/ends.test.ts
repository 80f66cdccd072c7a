import { afterEach, describe, expect, it } from 'vitest';
import { ApplyRig, TERRAFORM } from '../support/apply-rig.ts';

const resource = (name: string, body = '') => `resource "terraform_data" "${name}" {\n${body}\n}\n`;
const exec = (command: string) => `  provisioner "local-exec" {\n    command = "${command}"\n  }`;

describe.skipIf(TERRAFORM === '')('how an apply ends', { timeout: 90_000 }, () => {
  let lab: ApplyRig;
  afterEach(() => lab.stop());

  async function applied(main: string, change = {}) {
    lab = await ApplyRig.start();
    await lab.work();
    await lab.plan(main, change);
    await lab.approve();
    return lab.outcome();
  }

  it('with a resource that fails: what was done before is saved, the rest told', async () => {
    const outcome = await applied(
      [
        resource('a'),
        resource('b', `  depends_on = [terraform_data.a]\n${exec('echo to stderr >&2; exit 3')}`),
        resource('c', '  depends_on = [terraform_data.b]'),
      ].join(''),
    );
    expect(outcome).toMatchObject({
      evidence: 'exited',
      exit_code: 1,
      change_summary: null,
      planned: 3,
      completed: [{ address: 'terraform_data.a' }],
      errored: [{ address: 'terraform_data.b', action: 'create' }],
      unfinished: [],
      errored_state: 'none',
      error: null,
    });
    expect(outcome.diagnostics).toMatchObject([
      { severity: 'error', summary: 'local-exec provisioner error', address: 'terraform_data.b', file: 'net/main.tf' },
    ]);
    expect(await lab.stored()).toEqual({ addresses: ['terraform_data.a', 'terraform_data.b'], isLocked: false });
  });

  it('with a plan that is stale: nothing is begun', async () => {
    lab = await ApplyRig.start();
    await lab.work();
    await lab.plan(resource('a'));
    await lab.pushState({
      version: 4,
      terraform_version: '1.11.4',
      serial: 7,
      lineage: 'other',
      outputs: {},
      resources: [],
    });
    await lab.approve();
    const outcome = await lab.outcome();
    expect(outcome).toMatchObject({ exit_code: 1, completed: [], errored: [], unfinished: [], change_summary: null });
    expect(outcome.diagnostics[0]?.summary).toMatch(/Saved plan/);
    expect((await lab.stored()).isLocked).toBe(false);
  });

  it('with a lock that somebody has: nothing is begun, and the holder is named', async () => {
    lab = await ApplyRig.start();
    await lab.work();
    await lab.plan(resource('a'));
    await lab.lockByHand();
    await lab.approve();
    const outcome = await lab.outcome();
    expect(outcome).toMatchObject({ exit_code: 1, completed: [], change_summary: null });
    expect(outcome.diagnostics[0]).toMatchObject({ summary: 'Error acquiring the state lock' });
  });

  it('after replaces and destroys: each counts once', async () => {
    const first = (n: number) =>
      resource('r', `  triggers_replace = ${n}`) +
      resource('k', `  triggers_replace = ${n}\n  lifecycle {\n    create_before_destroy = true\n  }`);
    await applied(`${first(1)}${resource('gone')}`);
    const before = await lab.stored();
    expect(before.addresses).toHaveLength(3);
    lab.rig.plane.outcomes.length = 0;
    lab.rig.plane.applyOutcomes.length = 0;
    await lab.plan(first(2));
    await lab.approve();
    const outcome = await lab.outcome();
    expect(outcome).toMatchObject({ exit_code: 0, planned: 3, change_summary: { add: 2, change: 0, remove: 3 } });
    const told = outcome.completed.map(({ address, action }) => `${action} ${address}`).sort();
    expect(told).toEqual(['delete terraform_data.gone', 'replace terraform_data.k', 'replace terraform_data.r']);
  });

  it('by a binary that cannot be run: never started, or ended before anything', async () => {
    lab = await ApplyRig.start();
    await lab.work();
    await lab.plan(resource('a'));
    await lab.breakEngine();
    await lab.approve();
    const outcome = await lab.outcome();
    expect(outcome.completed).toEqual([]);
    expect(outcome.error).toMatch(/cannot be run|needs terraform/);
  });
});
