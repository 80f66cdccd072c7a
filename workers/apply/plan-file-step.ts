import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HoldfastError } from '../../src/kernel/errors.ts';
import type { ApplyContext, ApplyStep } from './apply-context.ts';

/** Fetches the saved plan, and proves that it is the approved one before anything is started. */
export const planFileStep: ApplyStep = {
  name: 'plan file',
  async run(context) {
    const { assignment, facts } = context;
    const file = planFileOf(context);
    const approved = assignment.plan_digest;
    const got = await download(context, file);
    if (approved === null || got !== approved) {
      await rm(file, { force: true });
      throw new HoldfastError(
        'invalid',
        `stack \`${assignment.stack}\`: the saved plan that came has the digest ${got}, and ${approved ?? 'none'} was approved; nothing was applied, plan again`,
      );
    }
    facts.planFile = file;
    return 'next';
  },
};

/** Where the saved plan lies while it is applied. */
export function planFileOf({ paths }: Pick<ApplyContext, 'paths'>): string {
  return join(paths.runDir, 'tfplan');
}

async function download(context: ApplyContext, file: string): Promise<string> {
  const hash = createHash('sha256');
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  // Another try starts with no file: its mode is ours from the first byte.
  await rm(file, { force: true });
  const bytes = await context.fetchPlan();
  try {
    await pipeline(bytes, counted, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall !== undefined && bytes.errored === null) throw cause;
    throw new HoldfastError('away', 'the saved plan did not come whole from the control plane', { cause });
  }
  return hash.digest('hex');
}
