import type { NameDesk } from '../api/name-ports.ts';
import { stackNameFault } from '../config/stack-name.ts';
import { DeletionDesk } from '../features/changes/index.ts';
import type { DestroyPlanner, HeadOf, RunService } from '../features/runs/index.ts';
import { StackMover } from '../features/stacks/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Database } from '../platform/db/open-database.ts';

export interface NameSideOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly destroys: DestroyPlanner;
  readonly headOf: HeadOf;
  readonly runs: RunService;
  readonly ring: () => void;
}

/** Names and ends of stacks, as people decide about them. */
export function createNameDesk(options: NameSideOptions): NameDesk {
  const { db, clock, logger, destroys, headOf, runs, ring } = options;
  const mover = new StackMover({ db, clock, nameFault });
  const deletions = new DeletionDesk({ db, destroys, clock, ring });
  return {
    release: (actor) => deletions.release(actor),
    async move(from, to, actor) {
      const { isAtHead } = await mover.move(from, to, actor);
      if (!isAtHead) return { run: null };
      try {
        const run = await runs.request({ ...(await headOf(to)), kind: 'plan', speculative: false }, actor);
        return { run: run.id };
      } catch (error) {
        // The name is moved all the same; the next push that touches it plans it.
        logger.warn({ stack: to, reason: messageOf(error) }, 'a moved stack could not be planned');
        return { run: null };
      }
    },
  };
}

function nameFault(name: string): string | null {
  const fault = stackNameFault(name);
  return typeof fault === 'string' || fault === null ? fault : fault.join('; ');
}
