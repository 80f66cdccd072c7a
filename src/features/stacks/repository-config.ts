import type { StackEntry } from '../../kernel/stack-entry.ts';

/** A stack as holdfast.yaml lists it: what was left out and depends on the repository is null. */
export type ConfiguredStack = Omit<StackEntry, 'name' | 'engine' | 'listed'> & {
  readonly name: string | null;
  readonly engine: StackEntry['engine'] | null;
  /** Where the entry stands in the file. */
  readonly place?: { readonly line: number; readonly column: number } | null;
};

/** What the graph needs of a holdfast.yaml. */
export interface RepositoryConfig {
  readonly discover: { readonly enabled: boolean; readonly ignore: readonly string[] };
  readonly stacks: readonly ConfiguredStack[];
}

/** The settings of a stack that holdfast.yaml does not list. */
export const UNLISTED_STACK: ConfiguredStack = {
  name: null,
  dir: '.',
  engine: null,
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
};

/** Something that makes a holdfast.yaml unusable. */
export interface ConfigFault {
  /** Complete for people: names key, value, place and way out. */
  readonly message: string;
  readonly line: number | null;
  readonly column: number | null;
}

/** What a holdfast.yaml says. */
export interface ReadConfig {
  readonly config: RepositoryConfig;
  /** Not empty: nothing may be planned from it. */
  readonly faults: readonly ConfigFault[];
}

/** Reads a holdfast.yaml (null: there is none, so every default); a large one elsewhere than on the event loop. */
export type ReadRepositoryConfig = (bytes: Uint8Array | null) => ReadConfig | Promise<ReadConfig>;

export const REPOSITORY_FILE = 'holdfast.yaml';
