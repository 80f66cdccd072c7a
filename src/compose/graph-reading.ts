import { defaultStackName, stackNameFault } from '../config/stack-name.ts';
import type { ReadConfig, ReadRepositoryConfig, StackNaming } from '../features/stacks/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { sha256 } from '../kernel/digest.ts';
import { askThread } from './ask-thread.ts';
import { readConfig } from './read-config.ts';

/** A larger one holds up the event loop for more than 10 ms, and starting a thread takes a tenth of a second. */
const SMALL = 8 * 1024;

/** holdfast.yaml for the graph: a large one is read in a thread (1,000 stacks are a quarter of a second). */
export function repositoryConfigReader(clock: Clock): ReadRepositoryConfig {
  let last: { readonly digest: string; readonly read: Promise<ReadConfig> } | null = null;
  return (bytes) => {
    const question = { bytes, now: clock.now() };
    if (bytes === null || bytes.length <= SMALL) return readConfig(question);
    // A head is looked at more than once. What depends on the time are warnings that nobody here reads.
    const digest = sha256(bytes);
    if (last?.digest === digest) return last.read;
    const read = askThread<ReadConfig>({ name: 'config-thread', message: question, maxMegabytes: 512 });
    last = { digest, read };
    read.catch(() => {
      last = null;
    });
    return read;
  };
}

/** How stacks of a repository are called. */
export function stackNaming(repository: string, stackPrefix: string): StackNaming {
  return {
    defaultName: (dir) => defaultStackName(dir, { repository, stackPrefix }),
    fault: (name) => {
      const fault = stackNameFault(name);
      return typeof fault === 'string' || fault === null ? fault : fault.join('; ');
    },
  };
}
