import type { EngineName, StackEntry } from '../kernel/stack-entry.ts';
import { quote } from './key-path.ts';
import type { Problem } from './problem.ts';
import type { ListedStack, RepositoryConfig } from './repository-config.ts';
import { defaultStackName, type Naming, stackNameFault } from './stack-name.ts';

/** What fills an entry: how default names are made, and the engine of a directory that names none (default: terraform). */
export interface EntryDefaults extends Naming {
  readonly engineOf?: (dir: string) => EngineName;
}

/** The listed stacks with every default, and what is wrong once names are known. A stack whose name is refused is left out. */
export function toStackEntries(
  config: RepositoryConfig,
  defaults: EntryDefaults,
): { readonly entries: readonly StackEntry[]; readonly problems: readonly Problem[] } {
  const entries = new Map<string, StackEntry>();
  const problems: Problem[] = [];
  for (const stack of config.stacks) {
    const entry = toStackEntry(stack, defaults);
    const wrong = nameProblem(entry, entries.get(entry.name), stack, config.file);
    if (wrong === null) entries.set(entry.name, entry);
    else problems.push(wrong);
  }
  return { entries: [...entries.values()], problems };
}

function toStackEntry({ place: _place, ...stack }: ListedStack, defaults: EntryDefaults): StackEntry {
  const name = stack.name ?? defaultStackName(stack.dir, defaults);
  const engine = stack.engine ?? defaults.engineOf?.(stack.dir) ?? 'terraform';
  return { ...stack, name, engine, listed: true };
}

function nameProblem(
  entry: StackEntry,
  other: StackEntry | undefined,
  stack: ListedStack,
  file: string,
): Problem | null {
  const fault = stackNameFault(entry.name);
  const wrong = typeof fault === 'string' || fault === null ? fault : fault[0];
  if (wrong === null && other === undefined) return null;
  return {
    severity: 'error',
    file,
    line: stack.place?.line ?? null,
    column: stack.place?.column ?? null,
    subject: `stack ${quote(entry.name)}`,
    key: 'name',
    value: null,
    message: wrong ?? `must be unique: the directory ${quote(other?.dir ?? '')} has it, too`,
    wayOut: 'set `name`',
  };
}

/** The entry of a stack that discovery found and holdfast.yaml does not list. */
export function discoveredEntry(dir: string, defaults: EntryDefaults): StackEntry {
  return {
    name: defaultStackName(dir, defaults),
    dir,
    engine: defaults.engineOf?.(dir) ?? 'terraform',
    engine_version: null,
    workspace: 'default',
    var_files: [],
    env: {},
    when_modified: [],
    depends_on: [],
    wait_for_dependencies: 'applied',
    inputs: {},
    apply: 'manual',
    drift: null,
    cdktf: null,
    listed: false,
  };
}
