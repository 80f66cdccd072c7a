import type { CommandResult } from './command-result.ts';
import type { CommandContext } from './deps.ts';

export type { CommandResult } from './command-result.ts';
export type { CommandContext } from './deps.ts';

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

interface ArgumentDefinition {
  /** `<stack>`, `[name]`. */
  readonly syntax: string;
  readonly text: string;
  readonly choices?: readonly string[];
}

interface OptionDefinition {
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
  /** How many of the last arguments stood after `--`: these are names, whatever they look like. */
  readonly literals?: number;
}
