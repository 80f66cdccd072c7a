import type { KeyPath } from './key-path.ts';

/** Where relative paths start: those of the file beside it, those of environment and flags where we were started. */
export interface PathBases {
  readonly configFile: string | null;
  /** The base for the value at a path. */
  baseOf(path: KeyPath): string;
  /** Absolute path of the `{file}` the value at a path was read from. */
  sourceFileOf(path: KeyPath): string | null;
  /** Variables that some value was read from by `{env: NAME}`. */
  readonly environmentNames?: readonly string[];
}
