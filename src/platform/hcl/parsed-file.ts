/** Moves when the parser finds more or other things in the same bytes: older cached results are then left behind. */
export const PARSE_VERSION = 2;

/** Blobs above this many bytes are not parsed. */
export const MAX_PARSED_BYTES = 5 * 1024 * 1024;

/** How a blob is to be read: the file's role, not its content, decides. */
export type BlobKind = 'hcl' | 'json' | 'tfvars' | 'tfvars_json' | 'template' | 'link' | 'lock' | 'version';

/** A place in a file, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Why a file could not be read. */
export interface ParseProblem extends Position {
  readonly message: string;
}

/** One piece of a path expression: text, `path.*`, a local value by name, or something only the engine can compute. */
export type PathPart =
  | { readonly text: string }
  | { readonly path: 'module' | 'root' | 'cwd' }
  | { readonly local: string }
  | { readonly unknown: true };

/**
 * Where a path stands: `file` an argument of a file function, `template` that of `templatefile`, `command` a word of a
 * provisioner's command, `attribute` a value of an attribute that always holds a path (`source_dir`), `plain` any other string.
 */
export type PathRole = 'file' | 'template' | 'command' | 'attribute' | 'plain';

/** A string that may name a file of the repository. */
export interface PathUse {
  readonly role: PathRole;
  readonly parts: readonly PathPart[];
  readonly line: number;
  /** The unknown tail is a literal pattern: nothing outside the prefix is read. */
  readonly glob?: true;
  /** `working_dir` of the provisioner, where the word stands in one. */
  readonly base?: readonly PathPart[];
}

/** Why a file's reads cannot all be known: the closure that holds it is not proven. */
export interface Doubt {
  readonly line: number;
  readonly why: string;
}

export interface ModuleCall {
  readonly name: string;
  /** null where it is not a literal. */
  readonly source: string | null;
  /** Where it is none: what is known of it (OpenTofu lets it hold local values). */
  readonly computed?: readonly PathPart[];
  readonly version: string | null;
  readonly line: number;
}

/** A `backend` block, or `cloud` (type `cloud`). */
export interface BackendBlock {
  readonly type: string;
  readonly attributes: readonly string[];
  /** SHA-256 of the block as written: moves when init is necessary again. */
  readonly digest: string;
  readonly place: StatePlace;
  readonly line: number;
}

/** The settings that say where a state lies, by name; the others may be secrets and are not kept. */
export type StatePlace = Readonly<Record<string, readonly PathPart[]>>;

/** A `data "terraform_remote_state"`. */
export interface RemoteState {
  readonly name: string;
  readonly backend: string | null;
  /** null where it names none. */
  readonly workspace: readonly PathPart[] | null;
  readonly place: StatePlace;
  readonly line: number;
}

/** Everything one configuration file says that matters to the graph. Pure data, cached by blob id and kind. */
export interface ParsedFile {
  readonly problem: ParseProblem | null;
  readonly modules: readonly ModuleCall[];
  readonly backends: readonly BackendBlock[];
  readonly required_version: readonly string[];
  /** Text of each required provider (`aws = …`): part of what makes init necessary. */
  readonly providers: readonly string[];
  readonly remote_states: readonly RemoteState[];
  /** Local values that are strings with a known beginning. */
  readonly locals: Readonly<Record<string, readonly PathPart[]>>;
  readonly paths: readonly PathUse[];
  readonly doubts: readonly Doubt[];
  /** Of a link its target, of a lock file its SHA-256, of a version file its first line. */
  readonly text: string | null;
}

/** A file that says nothing. */
export const EMPTY_FILE: ParsedFile = {
  problem: null,
  modules: [],
  backends: [],
  required_version: [],
  providers: [],
  remote_states: [],
  locals: {},
  paths: [],
  doubts: [],
  text: null,
};

/** The result for a file that cannot be read at all. */
export function unreadableFile(message: string, position: Position = { line: 1, column: 1 }): ParsedFile {
  return { ...EMPTY_FILE, problem: { ...position, message } };
}
