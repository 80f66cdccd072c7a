import type { TextOptions } from '../api/text/run-text.ts';
import type { ApiClient } from './api-client.ts';
import type { CliDeps } from './deps.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Output } from './output.ts';

/** One command: how it is called, what its help says, and what it does. A file in `commands/` exports exactly one. */
export interface CommandDefinition {
  readonly name: string;
  /** A line for the list of commands, without a full stop. */
  readonly summary: string;
  /** Sentences for its own help. */
  readonly description: string;
  /** Whether it talks to the running instance: then it takes `--server` and `--token`. */
  readonly needsServer: boolean;
  readonly arguments: readonly ArgumentDefinition[];
  readonly options: readonly OptionDefinition[];
  /** What to type, and what that does. */
  readonly examples: readonly (readonly [command: string, does: string])[];
  /** The meaning of its exit codes where that is not plain. */
  readonly exits?: string;
  run(context: CommandContext, input: CommandInput): Promise<CommandResult>;
}

export interface ArgumentDefinition {
  /** `<stack>`, `[name]`. */
  readonly syntax: string;
  readonly text: string;
  readonly choices?: readonly string[];
}

export interface OptionDefinition {
  /** `--ref <rev>`, `-f, --follow`. */
  readonly flags: string;
  readonly text: string;
  readonly required?: boolean;
  /** Between parts of Holdfast; in no help. */
  readonly hidden?: boolean;
  readonly default?: string;
  /** Names (camelCase) of options that may not stand beside it. */
  readonly conflicts?: readonly string[];
}

/** What was typed, by commander: positional arguments in order, options by camelCase name. */
export interface CommandInput {
  readonly args: readonly (string | undefined)[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
}

/** What a command works with. */
export interface CommandContext {
  readonly deps: CliDeps;
  readonly globals: GlobalOptions;
  readonly output: Output;
  /** The running instance; throws with the way out where there is none. */
  api(): Promise<ApiClient>;
}

/** What came of a command; printed once, as text or as JSON. */
export interface CommandResult {
  readonly exit: 0 | 1 | 2;
  /** The document of `--json`; `undefined`: it was already printed, or is none (completion scripts). */
  readonly json: unknown;
  text(options: TextOptions): string;
}

/** A result that has been printed already. */
export function printed(exit: 0 | 1 | 2): CommandResult {
  return { exit, json: undefined, text: () => '' };
}
