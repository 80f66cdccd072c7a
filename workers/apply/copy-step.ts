import { cp, mkdir, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError, messageOf } from '../../src/kernel/errors.ts';
import { TOO_MUCH } from '../steps/made-files.ts';
import type { ApplyContext, ApplyStep } from './apply-context.ts';

/**
 * The files of the plan, at the path where it was made: the copy that was kept, which the session has put back, or the same
 * sources again. Throws `invalid` where they cannot be the same.
 */
export const copyStep: ApplyStep = {
  name: 'copy',
  async run(context) {
    const { assignment, paths, facts } = context;
    if (assignment.plan_root !== null && assignment.plan_root !== paths.root) {
      const roots = `under \`${assignment.plan_root}\`, and this worker's root is \`${paths.root}\``;
      throw planAgain(context, `its plan was made ${roots}: absolute paths in it would be others`);
    }
    if (!(await isDirectory(paths.work))) {
      await rebuild(context);
      facts.notes.push('working copy: rebuilt from the sources');
    }
    if (await isDirectory(paths.stackDir)) return 'next';
    throw planAgain(context, `there is no directory \`${assignment.dir}\` at commit ${assignment.commit}`);
  },
};

/** Out of sight until it is whole: a worker that dies here leaves no half of it. */
async function rebuild(context: ApplyContext): Promise<void> {
  const { assignment, paths, sources } = context;
  const { unpackSource } = await import('../steps/unpack-source.ts');
  const aside = join(paths.root, 'trash', `rebuilt-${assignment.run}`);
  await unpackSource(await sources.fetch(assignment.run, assignment.attempt), aside);
  const made = await context.fetchMadeFiles();
  if (made) {
    await unpackSource(made, `${aside}-made`);
    await layOver(context, `${aside}-made`, aside);
  }
  await mkdir(join(paths.work, '..'), { recursive: true });
  await rename(aside, paths.work);
}

/** What the plan made, over the sources. */
async function layOver(context: ApplyContext, made: string, sources: string): Promise<void> {
  if ((await readdir(made)).includes(TOO_MUCH)) {
    throw planAgain(context, 'its plan made too many or too large files in a working copy that is gone');
  }
  try {
    await cp(made, sources, { recursive: true, verbatimSymlinks: true });
    context.facts.notes.push('working copy: with what the plan made');
  } catch (error) {
    throw planAgain(
      context,
      `what its plan made in a working copy that is gone cannot be laid out: ${messageOf(error)}`,
    );
  }
}

function planAgain({ assignment }: ApplyContext, why: string): HoldfastError {
  return new HoldfastError('invalid', `stack \`${assignment.stack}\`: ${why}; nothing was applied, plan again`);
}

function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
