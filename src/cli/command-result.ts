import type { TextOptions } from '../api/text/run-text.ts';

/** What came of a command; printed once, as text or as JSON. */
export interface CommandResult {
  readonly exit: 0 | 1 | 2;
  /** The document of `--json`; `undefined`: it was already printed. */
  readonly json: unknown;
  text(options: TextOptions): string;
}

/** A result that has been printed already. */
export function printed(exit: 0 | 1 | 2): CommandResult {
  return { exit, json: undefined, text: () => '' };
}
