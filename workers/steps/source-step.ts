import { statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { mayBeApplied, type PipelineStep } from '../pipeline.ts';
import { wasCalled } from './call-evidence.ts';

/** Loaded with the first run; an import that is asked for again is looked up anew each time. */
let unpacking: typeof import('./unpack-source.ts') | null = null;

/** Lays out the run's files, exactly as a plain clone would have them. */
export const sourceStep: PipelineStep = {
  name: 'source',
  async run(context) {
    const { assignment, paths } = context;
    // Adopted: an engine may be reading these files.
    if ((await wasCalled(paths, 'init')) || (await wasCalled(paths, 'plan'))) return 'next';
    unpacking ??= await import('./unpack-source.ts');
    const { unpackSource } = unpacking;
    const inline = assignment.source.tar;
    const tar = inline
      ? Readable.from([Buffer.from(inline, 'base64')])
      : await context.sources.fetch(assignment.run, assignment.attempt);
    const digests = new Map<string, string>();
    await unpackSource(tar, paths.work, mayBeApplied(assignment) ? { digests } : {});
    context.facts.unpacked = digests;
    const isThere = statSync(paths.stackDir, { throwIfNoEntry: false })?.isDirectory() === true;
    if (!isThere) {
      throw new HoldfastError(
        'invalid',
        `stack \`${assignment.stack}\`: there is no directory \`${assignment.dir}\` at commit ${assignment.commit}; correct \`dir\` in holdfast.yaml`,
      );
    }
    return 'next';
  },
};
