import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Assignment } from '../../src/features/execution/protocol.ts';
import { HoldfastError } from '../../src/kernel/errors.ts';

/** Arguments of the plan: fixed words, and paths that were checked before. */
export function planArgs(assignment: Pick<Assignment, 'kind' | 'var_files'>, planFile: string): string[] {
  const mode = assignment.kind === 'destroy' ? ['-destroy'] : assignment.kind === 'refresh' ? ['-refresh-only'] : [];
  return [
    'plan',
    '-json',
    `-out=${planFile}`,
    // Locking is for applies: the serial in the saved plan guards them, and a plan's token may only read.
    '-lock=false',
    '-input=false',
    '-detailed-exitcode',
    ...mode,
    ...assignment.var_files.map((file) => `-var-file=${file}`),
  ];
}

/** Throws `invalid` where a listed variables file leaves the repository or is not there. */
export async function checkVarFiles(
  assignment: Pick<Assignment, 'stack' | 'dir' | 'var_files'>,
  work: string,
): Promise<void> {
  for (const file of assignment.var_files) {
    const path = posix.normalize(posix.join(assignment.dir, file));
    const problem = isOutside(file, path)
      ? 'leaves the repository'
      : (await isFile(posix.join(work, path)))
        ? null
        : 'is not there';
    if (problem === null) continue;
    throw new HoldfastError(
      'invalid',
      `stack \`${assignment.stack}\`: the variables file ${JSON.stringify(file.slice(0, 300))} ${problem}; correct \`var_files\` in holdfast.yaml (paths are relative to \`${assignment.dir}\`)`,
    );
  }
}

function isOutside(file: string, path: string): boolean {
  return file === '' || file.includes('\0') || posix.isAbsolute(file) || path === '..' || path.startsWith('../');
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
