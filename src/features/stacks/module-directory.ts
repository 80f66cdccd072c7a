import type { EngineName } from '../../kernel/stack-entry.ts';
import type { ModuleCall, ParsedFile, PathPart } from '../../platform/hcl/parsed-file.ts';
import { configKind, readBy } from './file-roles.ts';
import { type ModuleSource, readSource } from './module-source.ts';
import type { FactLookup, RepositoryTree } from './repository-tree.ts';
import { expandLocals } from './resolve-use.ts';

/** A configuration file of a directory with what it says. */
export interface ConfigFile {
  readonly name: string;
  /** As listed: a link keeps its own path here. */
  readonly path: string;
  readonly links: readonly string[];
  readonly file: ParsedFile;
}

/** A module call with the file that makes it. */
export interface PlacedCall {
  readonly call: ModuleCall;
  readonly source: ModuleSource;
  readonly path: string;
}

/** One directory as an engine reads it. */
export interface ModuleDirectory {
  readonly dir: string;
  readonly files: readonly ConfigFile[];
  readonly calls: readonly PlacedCall[];
  readonly locals: Readonly<Record<string, readonly PathPart[]>>;
  /** Links that leave the repository, by path. */
  readonly outside: readonly string[];
  /** Where its links lead, to a file or not. */
  readonly targets: readonly string[];
}

/** Looks directories up once per engine. */
export interface DirectoryLookup {
  get(dir: string, engine: EngineName): ModuleDirectory;
}

export function createDirectoryLookup(
  tree: RepositoryTree,
  facts: FactLookup,
  self: ReadonlySet<string>,
): DirectoryLookup {
  const known = new Map<string, ModuleDirectory>();
  return {
    get(dir, engine) {
      const key = `${engine}\0${dir}`;
      let found = known.get(key);
      if (!found) {
        found = readDirectory(tree, facts, { dir, engine, self });
        known.set(key, found);
      }
      return found;
    },
  };
}

function readDirectory(
  tree: RepositoryTree,
  facts: FactLookup,
  asked: { readonly dir: string; readonly engine: EngineName; readonly self: ReadonlySet<string> },
): ModuleDirectory {
  const { dir, engine, self } = asked;
  const files: ConfigFile[] = [];
  const outside: string[] = [];
  const targets: string[] = [];
  for (const name of readBy(engine, tree.configDirs.get(dir) ?? [])) {
    const path = dir === '' ? name : `${dir}/${name}`;
    const target = tree.resolve(path, facts);
    const entry = target.kind === 'file' ? tree.byPath.get(target.path) : undefined;
    if (target.kind === 'outside') outside.push(path);
    if (target.links.length > 0) targets.push(target.path);
    const file = entry ? facts.get(entry.sha, configKind(name)) : null;
    if (file) files.push({ name, path, links: target.links, file });
  }
  const locals = localsOf(files);
  return { dir, files, locals, outside, targets, calls: callsOf(dir, files, self) };
}

/** Local values of all files of a directory. */
export function localsOf(files: readonly { readonly file: ParsedFile }[]): ModuleDirectory['locals'] {
  return Object.assign({}, ...files.map(({ file }) => file.locals));
}

/** The calls of a directory's files, each with where it leads; sources made of local values are put together. */
export function callsOf(
  dir: string,
  files: readonly { readonly file: ParsedFile; readonly path: string }[],
  self: ReadonlySet<string>,
): PlacedCall[] {
  const locals = localsOf(files);
  return files.flatMap(({ file, path }) =>
    file.modules.map((written) => {
      const call = settled(written, locals);
      return { call, path, source: readSource(call, dir, self) };
    }),
  );
}

function settled(call: ModuleCall, locals: ModuleDirectory['locals']): ModuleCall {
  if (!call.computed) return call;
  const computed = expandLocals(call.computed, locals);
  const isKnown = computed.every((part) => 'text' in part);
  const source = isKnown ? computed.map((part) => ('text' in part ? part.text : '')).join('') : null;
  return { ...call, source, computed };
}
