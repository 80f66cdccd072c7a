import type { RunStatus } from '../../kernel/run-status.ts';
import type { RunTable } from '../../platform/db/schema.ts';

/** What a newer head does to one open run of a stack it touches. */
export type Fate = { readonly to: RunStatus } | 'keep' | 'joins';

/**
 * Decides what happens to an open run when the stack's inputs digest at the head becomes `digest`. `joins`: this run
 * already plans exactly these inputs, so no new one is needed. A run that a worker holds goes on; where its inputs are
 * old it becomes superseded at its end. Drift checks and speculative plans are no business of a push. Pure.
 */
export function fateOf(run: RunTable, digest: string): Fate {
  if (run.kind === 'drift' || run.speculative === 1) return 'keep';
  const same = run.inputs_digest === digest && run.kind === 'plan';
  switch (run.status) {
    case 'queued':
    case 'awaiting_approval':
    case 'policy_denied':
      return same ? 'joins' : { to: 'superseded' };
    case 'approved':
      return same ? 'joins' : { to: 'stale' };
    case 'preparing':
    case 'planning':
      return same && run.cancel_at === null ? 'joins' : 'keep';
    default:
      return 'keep';
  }
}
