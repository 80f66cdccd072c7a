import type { StackEntry } from '../../kernel/stack-entry.ts';
import type { ParsedFile, PathUse } from '../../platform/hcl/parsed-file.ts';
import type { Closure, StackProblem } from './closure.ts';
import { isAutoVars, LOCK_FILE, varsKind, versionFile } from './file-roles.ts';
import { dirOf, joinPath, nameOf } from './repo-path.ts';
import type { FactLookup, RepositoryTree } from './repository-tree.ts';
import { type NamedPath, resolveUse, type UseScope } from './resolve-use.ts';
import type { Touch } from './touch.ts';
import { whenModifiedTouches } from './when-modified.ts';

/** All that touches a stack, and what was noticed on the way. */
export interface StackTouches {
  readonly touches: readonly Touch[];
  readonly doubts: readonly string[];
  /** Links that leave the repository. */
  readonly outside: readonly string[];
  /** Arguments of file functions that lead out of the repository. */
  readonly leaving: readonly StackProblem[];
}

interface Gathering {
  readonly tree: RepositoryTree;
  readonly facts: FactLookup;
  readonly touches: Touch[];
  readonly doubts: string[];
  readonly outside: string[];
  readonly leaving: StackProblem[];
}

/** The rule "Touched by" of the contract for one stack. `root` is where the stack's directory leads. */
export function stackTouches(
  entry: StackEntry,
  root: string,
  closure: Closure,
  tree: RepositoryTree,
  facts: FactLookup,
): StackTouches {
  const into: Gathering = { tree, facts, touches: [], doubts: [...closure.doubts], outside: [], leaving: [] };
  for (const { path, chain } of closure.detours) into.touches.push({ match: 'file', path, kind: 'module', via: chain });
  for (const { directory, chain } of closure.modules) {
    const kind = chain.length === 0 ? 'file' : 'module';
    into.touches.push({ match: 'config', path: directory.dir, kind, via: chain });
    into.outside.push(...directory.outside);
    addFixedFiles(into, entry, directory.dir, kind, chain);
    for (const { file, path, links } of directory.files) {
      for (const link of links) into.touches.push({ match: 'file', path: link, kind, via: chain });
      if (links.length > 0) addTarget(into, path, kind, chain);
      addUses(into, file, path, { moduleDir: directory.dir, rootDir: root, locals: directory.locals }, chain);
    }
  }
  for (const { prefix, via } of closure.guesses) addGuess(into, prefix, via);
  addVariables(into, entry, root);
  addEnvironment(into, entry, root);
  for (const touch of whenModifiedTouches(entry.when_modified, root)) into.touches.push(touch);
  return into;
}

/** A module whose source is computed: everything that it may lead to. */
function addGuess(into: Gathering, prefix: string | null, via: readonly string[]): void {
  if (prefix === null) {
    into.touches.push({ match: 'all', kind: 'module', via });
    return;
  }
  const path = dirOf(prefix);
  if (nameOf(prefix) !== '') into.touches.push({ match: 'prefix', path, rest: nameOf(prefix), kind: 'module', via });
  else into.touches.push({ match: 'under', path, kind: 'module', via });
}

/** The file behind a link. */
function addTarget(into: Gathering, path: string, kind: 'file' | 'module', via: readonly string[]): void {
  const target = into.tree.resolve(path, into.facts);
  into.touches.push({ match: 'file', path: target.path, kind, via: [path, ...via] });
}

/** Lock and version files of the directory. */
function addFixedFiles(
  into: Gathering,
  entry: StackEntry,
  dir: string,
  kind: 'file' | 'module',
  via: readonly string[],
): void {
  for (const name of [LOCK_FILE, versionFile(entry.engine)]) {
    const path = dir === '' ? name : `${dir}/${name}`;
    if (!into.tree.byPath.has(path)) continue;
    into.touches.push({ match: 'file', path, kind, via });
    for (const link of into.tree.resolve(path, into.facts).links)
      into.touches.push({ match: 'file', path: link, kind, via });
  }
}

/** Variable files that are loaded, and what their strings name, seen from the stack's directory. */
function addVariables(into: Gathering, entry: StackEntry, root: string): void {
  const auto = into.tree
    .filesIn(root)
    .map((file) => file.path)
    .filter((path) => isAutoVars(nameOf(path)));
  const listed = entry.var_files.flatMap((file) => joinPath(root, file) ?? []);
  for (const path of new Set([...auto, ...listed])) {
    const target = into.tree.resolve(path, into.facts);
    if (target.kind === 'outside') into.outside.push(target.path);
    if (target.kind !== 'file') continue;
    for (const touched of [target.path, ...target.links]) {
      into.touches.push({ match: 'file', path: touched, kind: 'file', via: [] });
    }
    const blob = into.tree.byPath.get(target.path);
    const file = blob ? into.facts.get(blob.sha, varsKind(path)) : null;
    if (file) addUses(into, file, path, { moduleDir: root, rootDir: root, locals: {} }, []);
  }
}

/** Variables that holdfast.yaml gives by environment are strings of the configuration like others. */
function addEnvironment(into: Gathering, entry: StackEntry, root: string): void {
  for (const [name, text] of Object.entries(entry.env)) {
    if (!name.startsWith('TF_VAR_') || !/[/.]/.test(text)) continue;
    const use: PathUse = { role: 'plain', parts: [{ text }], line: 1 };
    const scope: UseScope = { moduleDir: root, rootDir: root, locals: {} };
    for (const named of resolveUse(use, scope)) addNamed(into, use, named, `env ${name}`, [], scope);
  }
}

function addUses(into: Gathering, file: ParsedFile, path: string, scope: UseScope, chain: readonly string[]): void {
  for (const doubt of file.doubts) into.doubts.push(`${path}:${doubt.line}: ${doubt.why}`);
  for (const use of file.paths) {
    const place = `${path}:${use.line}`;
    for (const named of resolveUse(use, scope)) addNamed(into, use, named, place, chain, scope);
  }
}

function addNamed(
  into: Gathering,
  use: PathUse,
  named: NamedPath,
  place: string,
  chain: readonly string[],
  scope: UseScope,
): void {
  if (named.kind === 'outside') {
    const at = place.lastIndexOf(':');
    const message = 'a file outside the repository is read: which one depends on where the working copy lies';
    into.doubts.push(`${place}: ${message}`);
    into.leaving.push({ path: place.slice(0, at), line: Number(place.slice(at + 1)), message });
    return;
  }
  if (named.kind === 'all') {
    into.doubts.push(`${place}: the path is computed`);
    const via = [`${place} computes a path without a literal beginning: the whole repository counts`, ...chain];
    into.touches.push({ match: 'all', kind: 'path', via });
    return;
  }
  const target = into.tree.resolve(named.kind === 'exact' ? named.path : named.dir, into.facts);
  for (const link of target.links)
    into.touches.push({ match: 'file', path: link, kind: 'path', via: [place, ...chain] });
  if (target.kind === 'outside') into.outside.push(target.path);
  if (target.kind === 'submodule') {
    into.doubts.push(`${place}: the path lies in a submodule`);
    into.touches.push({ match: 'file', path: target.path, kind: 'path', via: [place, ...chain] });
  }
  if (named.kind === 'prefix') addPrefix(into, named, target, place, chain);
  else if (target.kind === 'dir') addUnder(into, target.path, [place, ...chain]);
  else if (target.kind === 'file') {
    into.touches.push({ match: 'file', path: target.path, kind: 'path', via: [place, ...chain] });
    if (use.role === 'template') addTemplate(into, target.path, scope, chain);
  }
}

function addUnder(into: Gathering, path: string, via: readonly string[]): void {
  into.touches.push(path === '' ? { match: 'all', kind: 'path', via } : { match: 'under', path, kind: 'path', via });
}

function addPrefix(
  into: Gathering,
  named: Extract<NamedPath, { kind: 'prefix' }>,
  target: { readonly kind: string; readonly path: string },
  place: string,
  chain: readonly string[],
): void {
  const shown = `${target.path === '' ? '' : `${target.path}/`}${named.rest}`;
  if (!named.isGlob) into.doubts.push(`${place}: the path is computed behind \`${shown}\``);
  if (target.kind !== 'dir') return;
  const via = [`${place} ${named.isGlob ? 'finds files' : 'computes a path'} behind \`${shown}\``, ...chain];
  if (named.rest === '') addUnder(into, target.path, via);
  else into.touches.push({ match: 'prefix', path: target.path, rest: named.rest, kind: 'path', via });
}

/** A template can call file functions; its paths are seen from where the engine runs. */
function addTemplate(into: Gathering, path: string, scope: UseScope, chain: readonly string[]): void {
  const blob = into.tree.byPath.get(path);
  const file = blob ? into.facts.get(blob.sha, 'template') : null;
  if (!file) return;
  if (file.problem) into.doubts.push(`${path}:${file.problem.line}: the template could not be read`);
  // The engine refuses templates within templates; without this, one that names itself would never end.
  const paths = file.paths.map((use): PathUse => (use.role === 'template' ? { ...use, role: 'file' } : use));
  addUses(into, { ...file, paths }, path, { ...scope, moduleDir: scope.rootDir, locals: {} }, chain);
}
