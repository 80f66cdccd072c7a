import type { StackEntry } from '../../kernel/stack-entry.ts';
import type { RunSpec } from '../runs/index.ts';
import type { StackProblem } from './closure.ts';
import { versionFile } from './file-roles.ts';
import type { GraphOptions } from './graph-options.ts';
import type { ModuleDirectory } from './module-directory.ts';
import type { FactLookup, RepositoryTree } from './repository-tree.ts';

/** Which engine a stack wants, and why it is refused. */
export interface EngineChoice {
  readonly engine: RunSpec['engine'];
  readonly problems: readonly StackProblem[];
}

/**
 * `engine_version`, else the constraints of `required_version`, else the version file of the stack's directory. A version
 * file that names no exact version (`latest`) leaves the choice to the worker.
 */
export function chooseEngine(
  entry: StackEntry,
  directory: ModuleDirectory,
  tree: RepositoryTree,
  facts: FactLookup,
  options: GraphOptions,
): EngineChoice {
  const required = directory.files.flatMap(({ file }) => file.required_version);
  const written = required.length > 0 ? null : readVersionFile(entry, directory.dir, tree, facts);
  const problems: StackProblem[] = [];
  if (!options.allow.engines.includes(entry.engine)) {
    const message = `engine ${entry.engine} is not allowed for this repository; add it to \`allow.engines\` in server.yaml`;
    problems.push({ path: 'holdfast.yaml', line: null, message, isAllowance: true });
  }
  return { engine: { name: entry.engine, version: entry.engine_version ?? written, required }, problems };
}

function readVersionFile(entry: StackEntry, dir: string, tree: RepositoryTree, facts: FactLookup): string | null {
  const name = versionFile(entry.engine);
  const target = tree.resolve(dir === '' ? name : `${dir}/${name}`, facts);
  const blob = target.kind === 'file' ? tree.byPath.get(target.path) : undefined;
  const text = blob ? facts.get(blob.sha, 'version')?.text : null;
  const version = text?.replace(/^v/, '') ?? '';
  return /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?$/.test(version) ? version : null;
}
