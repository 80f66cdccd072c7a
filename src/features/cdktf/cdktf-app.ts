import type { ConfiguredStack } from '../stacks/index.ts';

/** A CDKTF app at a commit. */
export interface CdktfApp {
  readonly name: string;
  /** Repository-relative; `.` for the root. */
  readonly dir: string;
  /** Its entry of holdfast.yaml, or the defaults; `name` and `cdktf` are filled in. */
  readonly settings: ConfiguredStack;
  readonly job: SynthJob;
  /** Digest of all that its synthesis depends on. */
  readonly key: string;
}

/** What a worker needs to know to synthesise it. */
export interface SynthJob {
  readonly command: string;
  /** CDKTF_CONTEXT_JSON. */
  readonly context: string;
  /** Where `npm ci` is run, and what that depends on; null: nowhere. */
  readonly install: { readonly dir: string; readonly digest: string } | null;
  readonly engine_version: string | null;
  /** Files and directories that the working copy holds; null: the whole repository. */
  readonly paths: readonly string[] | null;
}

/** The directory, below the app's, where a synthesised stack lies in its working copy: cdktf's own default. */
export const OUTPUT = 'cdktf.out';

/** A path below a directory in the form that has `.` for the root. */
export function below(dir: string, path: string): string {
  return dir === '.' ? path : `${dir}/${path}`;
}
