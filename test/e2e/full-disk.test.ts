import { afterEach, beforeEach, expect, test } from 'vitest';
import { FullDiskLab, THINGS, whyNotFullDisk } from '../support/instance/full-disk-lab.ts';

let lab: FullDiskLab;
beforeEach(async () => {
  if (whyNotFullDisk === null) lab = await FullDiskLab.open();
});
afterEach(async () => {
  if (whyNotFullDisk === null) await lab.close();
});

const title = 'an apply whose worker has a full disk until after its end is applied, saved, unlocked, and known';

test.skipIf(whyNotFullDisk !== null)(
  `${title}${whyNotFullDisk === null ? '' : ` (skipped: ${whyNotFullDisk})`}`,
  { timeout: 240_000 },
  async () => {
    const id = await lab.applyUntilFull();
    lab.go();
    const run = await lab.ended(id);
    expect(run).toMatchObject({ status: 'applied', end: 'applied', next_step: null, orphans: [] });
    expect(await lab.locks()).toEqual([]);
    const log = (await lab.instance.cli('logs', id)).stdout;
    expect(log).toContain("The engine's output is cut off, as on a full disk");
    expect(log).toContain('The engine ended with exit code 0.');
    const state = await lab.instance.cli('state', 'pull', 'net');
    expect(JSON.parse(state.stdout).resources).toHaveLength(THINGS);
  },
);
