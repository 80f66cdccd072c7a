import type { EngineName } from '../../kernel/stack-entry.ts';
import { type DirectoryLookup, isLocalSource, localCalls, type ModuleDirectory } from './module-directory.ts';
import { joinPath, outerDir } from './repo-path.ts';
import type { FactLookup, RepositoryTree } from './repository-tree.ts';

/** A directory of a stack's closure. */
export interface ClosureModule {
  readonly directory: ModuleDirectory;
  /** Directories from this one towards the stack, this one first; empty for the stack's own. */
  readonly chain: readonly string[];
}

/** Something wrong with a stack's configuration, at a place. */
export interface StackProblem {
  readonly path: string;
  readonly line: number | null;
  readonly message: string;
  /** server.yaml could allow it. */
  readonly isAllowance?: true;
}

export interface Closure {
  /** The stack's own directory first, then by distance. */
  readonly modules: readonly ClosureModule[];
  /** Links followed on the way, submodules entered: a change of one of these paths touches the stack. */
  readonly detours: readonly { readonly path: string; readonly chain: readonly string[] }[];
  readonly problems: readonly StackProblem[];
  /** Why not every read can be known, each at a place. */
  readonly doubts: readonly string[];
}

/** More directories in one closure are nobody's stack. */
const MAX_MODULES = 2000;

/** Every local module of a stack, through `..`, links and other modules. `root` is where the stack's directory leads. */
export function findClosure(
  root: string,
  engine: EngineName,
  tree: RepositoryTree,
  facts: FactLookup,
  directories: DirectoryLookup,
): Closure {
  const modules: ClosureModule[] = [{ directory: directories.get(root, engine), chain: [] }];
  const calls = new Map<string, { to: string; path: string; line: number }[]>();
  const seen = new Set([root]);
  const detours: { path: string; chain: readonly string[] }[] = [];
  const problems: StackProblem[] = [];
  const doubts: string[] = [];
  for (let i = 0; i < modules.length && i < MAX_MODULES; i++) {
    const module = modules[i];
    if (!module) break;
    const { directory, chain } = module;
    doubts.push(...foreignCalls(directory));
    const edges: { to: string; path: string; line: number }[] = [];
    for (const { call, source, path } of localCalls(directory)) {
      const place = { path, line: call.line };
      const wanted = joinPath(directory.dir, source);
      const target = wanted === null ? null : tree.resolve(wanted, facts);
      for (const link of target?.links ?? []) detours.push({ path: link, chain });
      if (target?.kind === 'submodule') {
        detours.push({ path: target.path, chain });
        doubts.push(`${path}:${call.line}: module "${call.name}" lies in a submodule`);
      } else if (target?.kind === 'dir') {
        edges.push({ to: target.path, ...place });
        if (seen.has(target.path)) continue;
        seen.add(target.path);
        modules.push({ directory: directories.get(target.path, engine), chain: [outerDir(target.path), ...chain] });
      } else {
        problems.push({ ...place, message: missingModule(call.name, source, target) });
      }
    }
    calls.set(directory.dir, edges);
  }
  const cycle = findCycle(root, calls);
  if (cycle) problems.push(cycle);
  return { modules, detours, problems, doubts };
}

function missingModule(name: string, source: string, target: { kind: string; path: string } | null): string {
  if (!target || target.kind === 'outside') return `module "${name}": its source "${source}" leaves the repository`;
  return `module "${name}": its source "${source}" is no directory of the repository`;
}

function foreignCalls(directory: ModuleDirectory): string[] {
  return directory.files.flatMap(({ file, path }) =>
    file.modules
      .filter((call) => call.source === null || !isLocalSource(call.source))
      .map((call) => `${path}:${call.line}: module "${call.name}" comes from outside the repository`),
  );
}

/** The first cycle of module calls, named by its path. */
function findCycle(
  root: string,
  calls: ReadonlyMap<string, readonly { to: string; path: string; line: number }[]>,
): StackProblem | null {
  const done = new Set<string>();
  const trail: string[] = [];
  const stack: { dir: string; next: number }[] = [{ dir: root, next: 0 }];
  trail.push(root);
  while (stack.length > 0) {
    const top = stack.at(-1);
    if (!top) break;
    const edge = calls.get(top.dir)?.[top.next++];
    if (!edge) {
      done.add(top.dir);
      stack.pop();
      trail.pop();
      continue;
    }
    const at = trail.indexOf(edge.to);
    if (at !== -1) {
      const names = [...trail.slice(at), edge.to].map(outerDir).join(' -> ');
      return { path: edge.path, line: edge.line, message: `modules call each other in a circle: ${names}` };
    }
    if (done.has(edge.to)) continue;
    stack.push({ dir: edge.to, next: 0 });
    trail.push(edge.to);
  }
  return null;
}
