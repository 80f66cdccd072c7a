import type { Reporter } from './reporter.ts';
import type { Reference } from './resolve-references.ts';

/** What the checks see: the value as written, references resolved. Any part of it may be of any shape. */
export interface CheckContext {
  readonly value: unknown;
  readonly references: ReadonlyMap<string, Reference>;
  readonly reporter: Reporter;
}
