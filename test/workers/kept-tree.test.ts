import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApplyContext } from '../../workers/apply/apply-context.ts';
import { treeStep } from '../../workers/apply/tree-step.ts';
import { keepList, pruneLists, readPlanTree } from '../../workers/tree/plan-tree.ts';
import { COPY_MUTATIONS, laySources } from '../support/kept-copies.ts';

describe('the files of a plan', () => {
  let dir = '';
  let net = '';
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'hf-tree-'));
    net = join(dir, 'root', 'kept', 'r1', 'net');
    await laySources(net);
    await mkdir(join(net, 'made'));
    writeFileSync(join(net, 'made', 'at-plan'), 'of the plan');
    writeFileSync(join(net, 'main.tf'), '');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  function contextOf(tree_digest: string | null, dataDir: string | null = null): ApplyContext {
    const paths = { root: join(dir, 'root'), work: join(dir, 'root', 'kept', 'r1'), dataDir };
    const assignment = { run: 'r1', stack: 'net', tree_digest };
    return { assignment, paths, facts: { notes: [], timings: {} } } as unknown as ApplyContext;
  }

  async function keep(dataDir: string | null = null): Promise<ApplyContext> {
    const { list } = await readPlanTree(contextOf(null, dataDir));
    keepList(join(dir, 'root'), 'r1', list);
    return contextOf(list.digest, dataDir);
  }

  it('may be applied as they are, whatever their other rights', async () => {
    const context = await keep();
    chmodSync(join(net, 'main.tf'), 0o600);
    expect(await treeStep.run(context)).toBe('next');
    expect(context.facts.notes).toEqual([]);
  });

  it.each(COPY_MUTATIONS)('may not be applied with %s', async (_name, change, said) => {
    const context = await keep();
    change(net, { dir, root: join(dir, 'root') });
    const refused = await Promise.resolve(treeStep.run(context)).catch((error: Error) => error.message);
    expect(refused).toMatch(
      /^stack `net`: its files are not those that were approved: .*; nothing was applied, plan again$/s,
    );
    expect(refused).toContain(said);
  });

  it('may not be applied with a changed module of elsewhere; what git keeps beside it is not looked at', async () => {
    const dataDir = join(dir, 'root', 'data', 'x');
    const module = join(dataDir, 'modules', 'vpc');
    await mkdir(join(module, '.git'), { recursive: true });
    writeFileSync(join(module, 'run.sh'), 'true');
    const context = await keep(dataDir);
    writeFileSync(join(module, '.git', 'index'), 'of another clone');
    writeFileSync(join(dataDir, 'modules', 'modules.json'), '{}');
    expect(await treeStep.run(context)).toBe('next');
    writeFileSync(join(module, 'run.sh'), 'evil');
    await expect(treeStep.run(context)).rejects.toThrow('`modules/vpc/run.sh` was changed');
  });

  it('are not compared where nobody told what they were, and the run says so', async () => {
    const context = contextOf(null);
    expect(await treeStep.run(context)).toBe('next');
    expect(context.facts.notes).toEqual(['working copy: not compared, its plan was made by an older worker']);
  });

  it('are not named where their list is gone', async () => {
    const context = await keep();
    writeFileSync(join(net, 'more'), '');
    pruneLists(join(dir, 'root'), new Set());
    await expect(treeStep.run(context)).rejects.toThrow('which ones cannot be said');
  });
});
