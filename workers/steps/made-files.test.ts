import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { list } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { sha256 } from '../../src/kernel/digest.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { createCallDirectory } from '../../src/platform/process/call-directory.ts';
import type { PipelineContext } from '../pipeline.ts';
import { readPlanTree } from '../tree/plan-tree.ts';
import { firstEngineAt, handInMadeFiles, TOO_MUCH } from './made-files.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-made-'));
  await mkdir(join(root, 'work', 'net'), { recursive: true });
  await writeFile(join(root, 'work', 'net', 'main.tf'), '');
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Hands in what changed since now, and lists what is in the tar; null where nothing was sent. */
async function handIn(
  change: () => Promise<void>,
  limits = { entries: 100, bytes: 1e6 },
  unpacked = new Map<string, string>(),
): Promise<string[] | null> {
  const runDir = join(root, 'run');
  const intent = { run: 'r', attempt: 1, label: 'plan', binary: '/x', args: [], cwd: '/', at: systemClock.now() };
  await createCallDirectory(join(runDir, 'plan'), intent, false);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await change();
  let names: string[] | null = null;
  const context = {
    paths: { runDir, work: join(root, 'work'), dataDir: null },
    facts: { timings: {}, notes: [], unpacked },
    log: silentLogger,
    async uploadWorkdir(file: string) {
      const seen: string[] = [];
      await list({ file, onReadEntry: (entry) => seen.push(`${entry.path} ${entry.type}`) });
      names = seen.sort();
      return '';
    },
  };
  const tree = await readPlanTree(context as unknown as PipelineContext, await firstEngineAt({ runDir }));
  await handInMadeFiles(context as unknown as PipelineContext, tree, limits);
  return names;
}

describe('what a plan made in its working copy', () => {
  it('is nothing where only sources are, and then nothing is sent', async () => {
    expect(await handIn(async () => {})).toBeNull();
  });

  it('is handed in: new files, changed ones, links, odd names', async () => {
    const names = await handIn(async () => {
      const work = join(root, 'work');
      await writeFile(join(work, 'net', 'main.tf'), 'changed');
      await mkdir(join(work, 'net', 'build'));
      await writeFile(join(work, 'net', 'build', 'a b.zip'), 'z');
      await writeFile(join(work, '@odd'), '');
      await writeFile(join(work, '--option'), '');
      await symlink('build', join(work, 'net', 'latest'));
      await mkdir(join(work, 'net', 'empty'));
    });
    expect(names).toEqual([
      '--option File',
      '@odd File',
      'net/build/a b.zip File',
      'net/empty/ Directory',
      'net/latest SymbolicLink',
      'net/main.tf File',
    ]);
  });

  it('holds a lock file that an earlier init left, and no committed one that is as it was', async () => {
    await writeFile(join(root, 'work', 'net', '.terraform.lock.hcl'), 'as it was');
    const committed = new Map([['net/.terraform.lock.hcl', sha256('as it was')]]);
    expect(await handIn(async () => {}, undefined, committed)).toBeNull();
    expect(await handIn(async () => {})).toEqual(['net/.terraform.lock.hcl File']);
  });

  it.each([
    ['too many', { entries: 1, bytes: 1e6 }],
    ['too large', { entries: 100, bytes: 5 }],
  ])('is only said where it is %s', async (_name, limits) => {
    const make = () =>
      Promise.all(['a', 'b'].map((name) => writeFile(join(root, 'work', 'net', name), '1234'))).then(() => {});
    expect(await handIn(make, limits)).toEqual([`${TOO_MUCH} File`]);
  });
});
