import { readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type ApplyRig, TERRAFORM } from '../support/apply-rig.ts';
import { COPY_MUTATIONS, keptCopy, planToKeep } from '../support/kept-copies.ts';

/** The others are tried without an engine, and by the suite of chaos. */
const TRIED = COPY_MUTATIONS.filter(([name]) => /dates put back|list that would|link to elsewhere/.test(name));

describe.skipIf(TERRAFORM === '')('files that wait with their plan', { timeout: 90_000 }, () => {
  let lab: ApplyRig;
  afterEach(() => lab.stop());

  it('are applied with it where nobody touched more than their dates, and their list is removed', async () => {
    lab = await planToKeep();
    expect(readdirSync(join(lab.rig.root, 'lists'))).toEqual(['r1']);
    utimesSync(join(keptCopy(lab), 'net', 'deploy.sh'), 1, 1);
    await lab.approve();
    expect(await lab.outcome()).toMatchObject({ exit_code: 0, error: null, notes: [] });
    expect(await lab.side()).toEqual(['approved']);
    // The worker tidies up after it was acknowledged.
    await expect.poll(() => readdirSync(join(lab.rig.root, 'lists')), { timeout: 30_000 }).toEqual([]);
  });

  it('are the same where they were laid out again: what the sources hold, and what the plan made', async () => {
    lab = await planToKeep();
    rmSync(keptCopy(lab), { recursive: true });
    await lab.approve();
    expect(await lab.outcome()).toMatchObject({ exit_code: 0, error: null });
    expect(await lab.side()).toEqual(['approved']);
  });

  it('are refused where what was laid out again is something else', async () => {
    lab = await planToKeep();
    rmSync(keptCopy(lab), { recursive: true });
    lab.rig.plane.workdirs.delete('r1');
    await lab.approve();
    expect(await lab.outcome()).toMatchObject({
      evidence: 'never_started',
      error: expect.stringContaining('`copy/net/made` is gone, `copy/net/made/at-plan` is gone'),
    });
  });

  it.each(TRIED)('are not applied with %s', async (_name, change, said) => {
    lab = await planToKeep();
    change(join(keptCopy(lab), 'net'), lab.rig);
    await lab.approve();
    const outcome = await lab.outcome();
    expect(outcome).toMatchObject({ evidence: 'never_started', exit_code: null, completed: [] });
    expect(outcome.error).toContain(said);
    expect(outcome.error).toMatch(/nothing was applied/);
    expect(await lab.side()).toEqual([]);
    expect(await lab.stored()).toEqual({ addresses: [], isLocked: false });
  });
});
