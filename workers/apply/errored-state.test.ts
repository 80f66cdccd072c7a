import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { findErroredState, readErroredState } from './errored-state.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-errored-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const search = (more = {}) => ({
  stackDir: dir,
  outFile: join(dir, 'out'),
  meantAt: systemClock.now() - 1000,
  hasDump: false,
  ...more,
});

async function found(more = {}) {
  const state = await findErroredState(search(more));
  return state === null || state === 'unreadable' ? state : text(readErroredState(state));
}

describe('a state that was not saved', () => {
  it('is the file that terraform wrote, and not one of the repository', async () => {
    expect(await found()).toBeNull();
    await writeFile(join(dir, 'errored.tfstate'), '{"version":4}');
    // Its times are those of its own making, not what somebody sets.
    await utimes(join(dir, 'errored.tfstate'), 0, 0);
    expect(await found()).toBe('{"version":4}');
    expect(await found({ meantAt: systemClock.now() + 60_000 })).toBeNull();
    await writeFile(join(dir, 'errored.tfstate'), '');
    expect(await found()).toBe('unreadable');
  });

  it.each([
    ['of terraform', ',"type":"log"}'],
    ['of an engine that adds nothing', '}'],
  ])('is found in the message %s, however long it is', async (_name, end) => {
    const state = JSON.stringify({ version: 4, text: `"type":"log"} \\"state\\": ${'ä'.repeat(400_000)}` });
    const before = `${'x'.repeat(262_130)}\n{"@level":"info","@message":"Emergency state dump","@module":"terraform.ui","state":`;
    await writeFile(join(dir, 'out'), `${before}${state}${end}\n{"@level":"error"}\n`);
    expect(await found({ hasDump: true })).toBe(state);
  });

  it('that was printed in part is none', async () => {
    await writeFile(join(dir, 'out'), '{"@level":"info","@message":"Emergency state dump","state":{"version":4,"res');
    expect(await found({ hasDump: true })).toBe('unreadable');
    expect(await readFile(join(dir, 'out'), 'utf8')).toContain('"res');
  });
});
