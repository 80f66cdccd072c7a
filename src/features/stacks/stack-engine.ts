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
  /** A version file that chooses nothing; it is planned all the same. */
  readonly remarks: readonly StackProblem[];
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
  const isOpen = entry.engine_version === null && required.length === 0;
  const written = isOpen ? readVersionFile(entry, directory.dir, tree, facts) : null;
  const problems: StackProblem[] = [];
  if (!options.allow.engines.includes(entry.engine)) {
    const message = `engine ${entry.engine} is not allowed for this repository; add it to \`allow.engines\` in server.yaml`;
    problems.push({ path: 'holdfast.yaml', line: null, message, isAllowance: true });
  }
  const version = entry.engine_version ?? written?.version ?? null;
  return { engine: { name: entry.engine, version, required }, problems, remarks: written?.remarks ?? [] };
}

function readVersionFile(
  entry: StackEntry,
  dir: string,
  tree: RepositoryTree,
  facts: FactLookup,
): { readonly version: string | null; readonly remarks: readonly StackProblem[] } {
  const name = versionFile(entry.engine);
  const target = tree.resolve(dir === '' ? name : `${dir}/${name}`, facts);
  const blob = target.kind === 'file' ? tree.byPath.get(target.path) : undefined;
  const text = blob ? facts.get(blob.sha, 'version')?.text : null;
  if (text == null) return { version: null, remarks: [] };
  const version = text.replace(/^v/, '');
  if (/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?$/.test(version)) return { version, remarks: [] };
  return { version: null, remarks: [{ path: target.path, line: 1, message: unread(text, entry.engine) }] };
}

function unread(text: string, engine: StackEntry['engine']): string {
  const said = text === '' ? 'is empty' : `says "${text.slice(0, 40)}", which is no exact version`;
  return `the version file ${said} (like 1.11.4): it is not followed, and the ${engine} on the worker's PATH plans; name one there or as \`engine_version\`, or a range as \`required_version\``;
}
