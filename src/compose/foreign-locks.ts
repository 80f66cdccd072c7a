import { describeForeignLock, type ForeignLock, lockInfoIn } from '../features/locks/index.ts';
import type { RunStore } from '../features/runs/index.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { StackSources } from './manual-runs.ts';

const RUNS_LOOKED_AT = 20;

/** Finds out about the lock of a stack whose state lies in a backend of its own; null where Holdfast keeps its state. */
export function createForeignLockReader(
  runs: RunStore,
  sources: StackSources,
  logger: Logger,
): (stack: string) => Promise<ForeignLock | null> {
  return async (stack) => {
    const found = (await runs.list({ stack }, RUNS_LOOKED_AT, null)).runs;
    const [newest] = found;
    const spec = newest ? await runs.spec(newest.spec_digest) : null;
    if (spec?.backend !== 'foreign') return null;
    const backend = await backendOf(sources, stack).catch((error: unknown) => {
      logger.warn({ stack, reason: messageOf(error) }, 'the backend of a stack could not be read');
      return null;
    });
    // A lock that a newer run got past is gone: only the last one that ended by itself tells of one.
    const last = found.find(({ status }) => status === 'failed' || status === 'applied' || status === 'unchanged');
    return describeForeignLock({ backend, info: last ? lockInfoIn(last) : null, engine: spec.engine.name });
  };
}

async function backendOf({ stacks, repositories, mirrors, changes }: StackSources, stack: string) {
  const repository = (await stacks.get(stack))?.repository;
  const commit = repository === undefined ? null : (await repositories.find(repository))?.processed_commit;
  if (repository === undefined || !commit) return null;
  const { graph } = await changes.graphAt({ repository, commit, objects: await mirrors.of(repository) });
  return graph.stacks.get(stack)?.backendBlocks[0]?.type ?? null;
}
