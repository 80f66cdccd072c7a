import gt from 'semver/functions/gt.js';
import parse from 'semver/functions/parse.js';
import type { EngineName } from '../../src/kernel/stack-entry.ts';

/**
 * What to say where the stored state was written by a newer version than the one that is to plan; null where all is well.
 * Engines read such a state without a word, and write it back as their own.
 */
export function newerStateText(
  stack: string,
  engine: { readonly name: EngineName; readonly version: string },
  stateVersion: string | undefined,
): string | null {
  const wrote = parse(stateVersion ?? null);
  if (!wrote || !parse(engine.version) || !gt(wrote, engine.version)) return null;
  return `the state of stack \`${stack}\` was last written by version ${wrote.version}, which is newer than ${engine.name} ${engine.version}: an older engine can lose what a newer one wrote; set \`engine_version: ${wrote.version}\` (or its engine) in holdfast.yaml`;
}
