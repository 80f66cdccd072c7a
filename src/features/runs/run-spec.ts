import type { EngineName } from '../../kernel/stack-entry.ts';

/** What a run ran with: content-addressed (`specs.digest`), immutable, enough to run it again without reading the head. */
export interface RunSpec {
  readonly repository: string;
  readonly dir: string;
  readonly workspace: string;
  readonly engine: {
    readonly name: EngineName;
    /** Exact version, or null for what is on the worker's PATH. */
    readonly version: string | null;
    /** `required_version` constraints found in the root module. */
    readonly required: readonly string[];
  };
  readonly var_files: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** `own`: empty http block; `override`: no block, ours is written beside it; `foreign`: used as written. */
  readonly backend: 'own' | 'override' | 'foreign';
  /** Hash of module calls of the closure, backend block and lock file: what makes `init` necessary. */
  readonly init_key: string;
  /** SHA-256 of `.terraform.lock.hcl`, or null. */
  readonly lock_digest: string | null;
  readonly source: RunSource;
  /** SHA-256 of the tar that its files are, for a stack that a CDKTF app synthesised; else they are those of the commit. */
  readonly synth?: string;
  /** Outputs of other stacks, by variable. `digest`: of the value it was planned with; there from the claim of the plan on. */
  readonly inputs?: Readonly<
    Record<string, { readonly stack: string; readonly output: string; readonly digest?: string }>
  >;
  /** What people are told with the plan, at its place: `net/.terraform-version:1: …`. */
  readonly remark?: string;
  /** Why no engine may be started on it (a refused backend, a link that leaves the repository …), at its place. */
  readonly refused: { readonly summary: string; readonly file: string; readonly line: number | null } | null;
}

/** Which files of the commit the working copy holds. */
export interface RunSource {
  readonly scope: 'closure' | 'tree';
  /** Equal digests are equal files. */
  readonly digest: string;
  /** Files and directories of a proven closure, repository-relative; null for the whole tree. */
  readonly paths: readonly string[] | null;
}
