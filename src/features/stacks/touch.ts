import type { ChangeReason } from '../../kernel/stack-entry.ts';

/** How a changed path is found to touch a stack. Paths in inner form. */
export type TouchMatch =
  /** This path. */
  | { readonly match: 'file'; readonly path: string }
  /** Everything below this directory. */
  | { readonly match: 'under'; readonly path: string }
  /** Everything below this directory whose path goes on with `rest`. */
  | { readonly match: 'prefix'; readonly path: string; readonly rest: string }
  /** Configuration that the engine reads in this directory. */
  | { readonly match: 'config'; readonly path: string }
  /** What a `when_modified` list matches. */
  | { readonly match: 'glob'; readonly base: string; readonly test: (path: string) => boolean }
  /** The whole repository. */
  | { readonly match: 'all' };

/** One way in which a path touches a stack. */
export type Touch = TouchMatch & {
  readonly kind: Extract<ChangeReason['kind'], 'file' | 'module' | 'path' | 'when_modified'>;
  /** Texts and directories between the path and the stack, nearest first. */
  readonly via: readonly string[];
};
