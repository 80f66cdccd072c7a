import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { HoldfastError } from '../../src/kernel/errors.ts';
import type { EngineName } from '../../src/kernel/stack-entry.ts';
import { writeIfChanged } from './write-if-changed.ts';

const TEXT =
  '# Written by Holdfast: this stack has no backend block, so its state is kept by Holdfast.\nterraform {\n  backend "http" {}\n}\n';

/** Name of the file that gives a stack without a backend block an empty http one. */
function overrideName(engine: EngineName): string {
  return `zz_holdfast_override.${engine === 'opentofu' ? 'tofu' : 'tf'}`;
}

/**
 * Writes the override. Throws `invalid` where the repository has a file of that name, or an override file that is read after
 * it: a later one wins silently. (What the others hold is checked after init, in what the engine made of it.)
 */
export async function writeOverride(stackDir: string, engine: EngineName): Promise<void> {
  const name = overrideName(engine);
  const ours = name.slice(0, name.lastIndexOf('.'));
  for (const other of readdirSync(stackDir)) {
    const isOverride = /(^|_)override\.(tf|tofu)(\.json)?$/.test(other);
    if (isOverride && other !== name && other.split('.')[0] !== undefined && other >= ours) {
      throw new HoldfastError(
        'invalid',
        `\`${other}\` would be read after Holdfast's own \`${name}\` and may replace the backend; give it a name that sorts before \`zz_holdfast\``,
      );
    }
  }
  const file = join(stackDir, name);
  const present = lstatSync(file, { throwIfNoEntry: false });
  if (present && !present.isFile())
    throw new HoldfastError('invalid', `\`${name}\` is not a file; the name is Holdfast's, remove it`);
  await writeIfChanged(file, TEXT);
}
