import type { Problem } from '../config/problem.ts';
import { repositoryNameOf } from '../config/templates.ts';
import { BlobFacts, checkStacks as findFaults, noParseCache, type StackFinding } from '../features/stacks/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { createBlobParser } from '../platform/hcl/blob-parser.ts';
import { repositoryConfigReader, stackNaming } from './graph-reading.ts';
import { openWorkingCopy } from './working-copy-objects.ts';

/** `holdfast validate DIR`: what is wrong in the stacks of a working copy. What only a server can allow is a warning. */
export async function checkStacks(dir: string, clock: Clock): Promise<Problem[]> {
  const parser = createBlobParser({ clock });
  const repository = repositoryNameOf(dir);
  const options = {
    repository,
    naming: stackNaming(repository, ''),
    // Engines are checked where holdfast.yaml is; a local state is what only HCL shows.
    allow: { localState: false, engines: ['terraform', 'opentofu'] as const },
    selfUrls: [],
    stateAddresses: null,
    hasForeignHttpAddress: () => false,
  };
  try {
    const facts = new BlobFacts({ parser, cache: noParseCache });
    const request = { objects: openWorkingCopy(dir), commit: 'working copy', options };
    return (await findFaults(request, facts, repositoryConfigReader(clock))).map(toProblem);
  } finally {
    await parser.close();
  }
}

function toProblem({ severity, stack, file, line, message }: StackFinding): Problem {
  const subject = stack === null ? null : `stack "${stack}"`;
  return { severity, file, line, column: null, subject, key: null, value: null, message, wayOut: null };
}
