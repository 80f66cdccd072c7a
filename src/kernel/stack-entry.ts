export type EngineName = 'terraform' | 'opentofu';

/** One stack as holdfast.yaml (or discovery) describes it, defaults filled in. Paths are repository-relative, `/`-separated. */
export interface StackEntry {
  readonly name: string;
  /** `.` for the repository's root. */
  readonly dir: string;
  readonly engine: EngineName;
  readonly engine_version: string | null;
  readonly workspace: string;
  /** As written: relative to `dir`. */
  readonly var_files: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Globs relative to `dir`; `!` negates. */
  readonly when_modified: readonly string[];
  readonly depends_on: readonly string[];
  readonly wait_for_dependencies: 'applied' | 'none';
  readonly inputs: Readonly<Record<string, { readonly stack: string; readonly output: string }>>;
  readonly apply: 'manual' | 'auto';
  readonly drift: StackDrift | null;
  /** The command of a CDKTF app; null for a plain root module. */
  readonly cdktf: { readonly command: string } | null;
  /** Whether holdfast.yaml lists it (and not only discovery found it). */
  readonly listed: boolean;
}

export interface StackDrift {
  readonly every_ms: number | null;
  readonly remediate: boolean;
  readonly ignore: readonly {
    readonly address: string;
    readonly attributes: readonly string[];
    readonly reason: string;
    readonly expires: string | null;
  }[];
}

/** Why a stack is affected, as `holdfast changed` prints it. */
export interface ChangeReason {
  readonly kind: 'file' | 'module' | 'path' | 'when_modified' | 'config' | 'dependency' | 'added' | 'deleted';
  /** The changed file, or the directory for `added` and `deleted`. */
  readonly path: string;
  /** Directories (modules) or texts through which the path touches the stack, nearest first. */
  readonly via: readonly string[];
}
