import type { StackEntry } from '../../kernel/stack-entry.ts';
import type { Closure } from './closure.ts';
import type { ModuleDirectory } from './module-directory.ts';
import type { BackendChoice } from './stack-backend.ts';
import { type StateAddress, type StateRead, stateAddress, workspaceFile } from './state-links.ts';

/** Under which addresses a stack's state may be read. `root` is where its directory leads. */
export function stateHomes(
  entry: StackEntry,
  root: string,
  { backend, blocks }: BackendChoice,
  locals: ModuleDirectory['locals'],
): StateAddress[] {
  const { workspace } = entry;
  const [block] = blocks;
  const local = { backend: 'local', settings: { path: workspaceFile(root, workspace) }, workspace: 'default' };
  if (!block || backend !== 'foreign') return [local];
  const scope = { moduleDir: root, rootDir: root, locals };
  return [stateAddress(block.type, block.place, scope, [{ text: workspace }])];
}

/** The states that a stack's closure reads. */
export function stateReads(root: string, closure: Closure): StateRead[] {
  return closure.modules.flatMap(({ directory }) =>
    directory.files.flatMap(({ file, path }) =>
      file.remote_states.map(({ backend, place, workspace, line }) => {
        const scope = { moduleDir: directory.dir, rootDir: root, locals: directory.locals };
        return { ...stateAddress(backend ?? '', place, scope, workspace), file: path, line };
      }),
    ),
  );
}
