import { digestOf } from '../../kernel/digest.ts';
import type { Closure } from './closure.ts';
import { LOCK_FILE } from './file-roles.ts';
import type { FactLookup, RepositoryTree } from './repository-tree.ts';
import type { BackendChoice } from './stack-backend.ts';

/** Moves when init is necessary again: module calls, providers, backend, lock file. */
export function initKey(closure: Closure, choice: BackendChoice, lock: string | null): string {
  const modules = closure.modules.map(({ directory }) => ({
    dir: directory.dir,
    calls: directory.files.flatMap(({ file }) =>
      file.modules.map(({ name, source, version }) => [name, source, version]),
    ),
    providers: directory.files.flatMap(({ file }) => file.providers),
  }));
  const backend = choice.blocks.map(({ type, digest }) => [type, digest]);
  return digestOf({ modules, backend, kind: choice.backend, lock });
}

/** SHA-256 of the lock file of a stack's directory; null where there is none. */
export function findLock(root: string, tree: RepositoryTree, facts: FactLookup): string | null {
  const target = tree.resolve(root === '' ? LOCK_FILE : `${root}/${LOCK_FILE}`, facts);
  const blob = target.kind === 'file' ? tree.byPath.get(target.path) : undefined;
  return blob ? (facts.get(blob.sha, 'lock')?.text ?? null) : null;
}
