import { sha256 } from '../../src/kernel/digest.ts';
import { HoldfastError, messageOf } from '../../src/kernel/errors.ts';
import { keptList, readPlanTree } from '../tree/plan-tree.ts';
import { differenceText, type TreeList } from '../tree/tree-list.ts';
import type { ApplyContext, ApplyStep } from './apply-context.ts';

/**
 * Proves that the files which the apply will read are those that the plan was made of, right before it starts: a saved plan
 * holds the configuration, but no script that a provisioner runs, and no file that a provider reads. Throws `invalid`.
 */
export const treeStep: ApplyStep = {
  name: 'files',
  async run(context) {
    const { assignment, facts } = context;
    if (!assignment.tree_digest) {
      facts.notes.push('working copy: not compared, its plan was made by an older worker');
      return 'next';
    }
    const { list } = await readPlanTree(context).catch((error: unknown) => {
      throw refusal(context, messageOf(error));
    });
    if (list.digest === assignment.tree_digest) return 'next';
    const what = await differenceOf(context, list);
    throw refusal(context, what);
  },
};

function refusal({ assignment }: ApplyContext, what: string): HoldfastError {
  const text = `stack \`${assignment.stack}\`: its files are not those that were approved: ${what}`;
  return new HoldfastError('invalid', `${text}; nothing was applied, plan again`);
}

/** The list itself may have been changed: it is believed only where it is the approved one. */
async function differenceOf({ assignment, paths }: ApplyContext, { text }: TreeList): Promise<string> {
  const kept = await keptList(paths.root, assignment.run);
  if (kept !== null && sha256(kept) === assignment.tree_digest) return differenceText(kept, text);
  return 'which ones cannot be said, since the list of what they were is not on this worker as it was made';
}
