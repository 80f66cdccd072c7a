import type { EngineName } from '../../kernel/stack-entry.ts';
import type { ModuleCall, ParsedFile, PathPart } from '../../platform/hcl/parsed-file.ts';
import { configKind, readBy } from './file-roles.ts';
import type { FactLookup, RepositoryTree } from './repository-tree.ts';

/** A configuration file of a directory with what it says. */
export interface ConfigFile {
  readonly name: string;
  /** As listed: a link keeps its own path here. */
  readonly path: string;
  readonly links: readonly string[];
  readonly file: ParsedFile;
}

/** One directory as an engine reads it. */
export interface ModuleDirectory {
  readonly dir: string;
  readonly files: readonly ConfigFile[];
  readonly locals: Readonly<Record<string, readonly PathPart[]>>;
  /** Links that leave the repository, by path. */
  readonly outside: readonly string[];
}

/** Looks directories up once per engine. */
export interface DirectoryLookup {
  get(dir: string, engine: EngineName): ModuleDirectory;
}

export function createDirectoryLookup(tree: RepositoryTree, facts: FactLookup): DirectoryLookup {
  const known = new Map<string, ModuleDirectory>();
  return {
    get(dir, engine) {
      const key = `${engine}\0${dir}`;
      let found = known.get(key);
      if (!found) {
        found = readDirectory(tree, facts, dir, engine);
        known.set(key, found);
      }
      return found;
    },
  };
}

function readDirectory(tree: RepositoryTree, facts: FactLookup, dir: string, engine: EngineName): ModuleDirectory {
  const files: ConfigFile[] = [];
  const outside: string[] = [];
  for (const name of readBy(engine, tree.configDirs.get(dir) ?? [])) {
    const path = dir === '' ? name : `${dir}/${name}`;
    const target = tree.resolve(path, facts);
    const entry = target.kind === 'file' ? tree.byPath.get(target.path) : undefined;
    if (target.kind === 'outside') outside.push(path);
    const file = entry ? facts.get(entry.sha, configKind(name)) : null;
    if (file) files.push({ name, path, links: target.links, file });
  }
  return { dir, files, locals: Object.assign({}, ...files.map(({ file }) => file.locals)), outside };
}

/** Whether a module's source is a directory beside its caller. */
export function isLocalSource(source: string): boolean {
  return source.startsWith('./') || source.startsWith('../') || source === '.' || source === '..';
}

/** The local calls of a directory with the file that makes each. */
export function localCalls(directory: ModuleDirectory): { call: ModuleCall; source: string; path: string }[] {
  return directory.files.flatMap(({ file, path }) =>
    file.modules.flatMap((call) =>
      call.source !== null && isLocalSource(call.source) ? [{ call, source: call.source, path }] : [],
    ),
  );
}
