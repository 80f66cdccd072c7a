import type { StackEntry } from '../../kernel/stack-entry.ts';
import type { BackendBlock } from '../../platform/hcl/parsed-file.ts';
import type { RunSpec } from '../runs/index.ts';
import type { StackProblem } from './closure.ts';
import { isOverride } from './file-roles.ts';
import type { GraphOptions } from './graph-options.ts';
import type { ModuleDirectory } from './module-directory.ts';

/** How a stack keeps its state, and why it is refused. */
export interface BackendChoice {
  readonly backend: RunSpec['backend'];
  readonly blocks: readonly BackendBlock[];
  readonly problems: readonly StackProblem[];
}

/** Decides from the blocks of the root module (contract, "State"). */
export function chooseBackend(entry: StackEntry, directory: ModuleDirectory, options: GraphOptions): BackendChoice {
  const found = directory.files.flatMap(({ name, path, file }) =>
    file.backends.map((block) => ({ name, path, block })),
  );
  const problems: StackProblem[] = [];
  for (const { name, path, block } of found) {
    if (isOverride(name)) {
      const what = block.type === 'cloud' ? 'a cloud block' : `a backend "${block.type}"`;
      const message = `${path} overrides the state's place with ${what}, which would hide ours without an error; move the block into a file that is no override`;
      problems.push({ path, line: block.line, message });
    } else if (block.type === 'local' && !options.allow.localState) {
      const message =
        'backend "local" would keep the state on a worker\'s disk; leave the backend out (Holdfast keeps the state), or set `allow: {local_state: true}` for the repository';
      problems.push({ path, line: block.line, message, isAllowance: true });
    }
  }
  const blocks = found.map(({ block }) => block);
  return { backend: kindOf(entry, blocks, options), blocks, problems };
}

function kindOf(entry: StackEntry, blocks: readonly BackendBlock[], options: GraphOptions): RunSpec['backend'] {
  const [block] = blocks;
  if (!block) return 'override';
  const isEmptyHttp = block.type === 'http' && block.attributes.length === 0;
  return isEmptyHttp && !options.hasForeignHttpAddress(entry.name) ? 'own' : 'foreign';
}
