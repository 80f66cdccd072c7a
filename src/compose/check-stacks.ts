import type { InspectedRepositoryConfig } from '../config/inspect-repository-config.ts';
import { type KeyPath, quote } from '../config/key-path.ts';
import type { Problem } from '../config/problem.ts';
import type { ListedStack } from '../config/repository-config.ts';
import { repositoryNameOf } from '../config/templates.ts';
import {
  BlobFacts,
  type ConfiguredStack,
  checkStacks as findFaults,
  noParseCache,
  type StackFinding,
} from '../features/stacks/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { createBlobParser } from '../platform/hcl/blob-parser.ts';
import { stackNaming } from './graph-reading.ts';
import { openWorkingCopy } from './working-copy-objects.ts';

/** `holdfast validate DIR`: what is wrong in the stacks of a working copy. What only a server can allow is a warning. */
export async function checkStacks(
  dir: string,
  { config, placeOf }: InspectedRepositoryConfig,
  clock: Clock,
): Promise<Problem[]> {
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
    // The very objects that `placeOf` knows; what is wrong in the file itself has been said.
    const places = (stack: ConfiguredStack, key: KeyPath) => placeOf(stack as ListedStack, key);
    return (await findFaults(request, facts, () => ({ config, faults: [] }), places)).map(toProblem);
  } finally {
    await parser.close();
  }
}

function toProblem({ stack, key, value, message, wayOut, ...rest }: StackFinding): Problem {
  const subject = stack === null ? null : `stack "${stack}"`;
  // The sentences also stand where there is no subject and no key beside them.
  const said = [`${subject}: `, `\`${key?.replace(/\[\d+\]$/, '')}\` `];
  const short = said.reduce((text, word) => (text.startsWith(word) ? text.slice(word.length) : text), message);
  return {
    ...rest,
    subject,
    key,
    value: value === undefined ? null : quote(value),
    message: short,
    wayOut: wayOut ?? null,
  };
}
