import { HoldfastError } from '../kernel/errors.ts';
import type { CommandContext } from './command.ts';

/**
 * Makes sure that a person means it: the name typed on a terminal, or given with `--confirm`. Throws `invalid` where it is
 * another one, or where there is neither.
 */
export async function confirmName(
  { deps }: CommandContext,
  name: string,
  given: string | boolean | undefined,
): Promise<void> {
  if (given === undefined && deps.ask === null) {
    throw refused('nothing was done: there is no terminal to ask on', `add --confirm ${name}`);
  }
  const typed = given === undefined ? await deps.ask?.(`Type ${name} to go on: `) : String(given);
  if (typed?.trim() === name) return;
  throw refused(`nothing was done: "${typed?.trim() ?? ''}" is not ${name}`, `name it exactly: ${name}`);
}

function refused(message: string, wayOut: string): HoldfastError {
  return new HoldfastError('invalid', message, { treatment: { kind: 'human', wayOut } });
}
