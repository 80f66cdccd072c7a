import type { EngineName } from '../../kernel/stack-entry.ts';
import type { ModuleCall } from '../../platform/hcl/parsed-file.ts';
import type { DirectoryLookup, ModuleDirectory } from './module-directory.ts';
import type { ModuleSource } from './module-source.ts';
import { outerDir } from './repo-path.ts';
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
  readonly column?: number;
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
  /** Computed sources: everything whose path begins so may be read; null: everything. */
  readonly guesses: readonly { readonly prefix: string | null; readonly via: readonly string[] }[];
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
  const guesses: { prefix: string | null; via: readonly string[] }[] = [];
  for (let i = 0; i < modules.length && i < MAX_MODULES; i++) {
    const module = modules[i];
    if (!module) break;
    const { directory, chain } = module;
    const edges: { to: string; path: string; line: number }[] = [];
    for (const { call, source, path } of directory.calls) {
      const place = { path, line: call.line };
      const at = `${path}:${call.line}`;
      const doubt = doubtOf(call, source);
      if (doubt !== null) doubts.push(`${at}: ${doubt}`);
      if (source.kind === 'computed') guesses.push({ prefix: source.prefix, via: [guessText(at, source), ...chain] });
      if (source.kind === 'foreign' || source.kind === 'computed' || (source.kind === 'self' && source.isPinned))
        continue;
      const target = source.path === null ? null : tree.resolve(source.path, facts);
      for (const link of target?.links ?? []) detours.push({ path: link, chain });
      if (target?.kind === 'submodule') {
        detours.push({ path: target.path, chain });
        doubts.push(`${at}: module "${call.name}" lies in a submodule`);
      } else if (target?.kind === 'dir') {
        edges.push({ to: target.path, ...place });
        if (seen.has(target.path)) continue;
        seen.add(target.path);
        const way = source.kind === 'self' ? [selfText(at, source.ref), ...chain] : chain;
        modules.push({ directory: directories.get(target.path, engine), chain: [outerDir(target.path), ...way] });
      } else if (source.kind === 'local') {
        problems.push({ ...place, message: missingModule(call.name, call.source ?? '', target) });
      }
    }
    calls.set(directory.dir, edges);
  }
  const cycle = findCycle(root, calls);
  if (cycle) problems.push(cycle);
  return { modules, detours, problems, doubts, guesses };
}

function doubtOf(call: ModuleCall, source: ModuleSource): string | null {
  if (source.kind === 'local') return null;
  if (source.kind === 'computed') return `the source of module "${call.name}" is computed`;
  if (source.kind === 'foreign') return `module "${call.name}" comes from outside the repository`;
  return `module "${call.name}" is fetched by git`;
}

function selfText(at: string, ref: string | null): string {
  return `${at} fetches it by git${ref === null ? '' : ` at ${ref}`}`;
}

function guessText(at: string, { prefix }: { readonly prefix: string | null }): string {
  if (prefix === null) return `${at} computes a module source without a literal beginning: the whole repository counts`;
  return `${at} computes a module source behind \`${prefix}\``;
}

function missingModule(name: string, source: string, target: { kind: string; path: string } | null): string {
  if (!target || target.kind === 'outside') return `module "${name}": its source "${source}" leaves the repository`;
  return `module "${name}": its source "${source}" is no directory of the repository`;
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
