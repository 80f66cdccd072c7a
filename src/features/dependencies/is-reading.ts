import type { RunTable } from '../../platform/db/schema.ts';

/** A run that only reads outputs: a refresh that can never be approved, made for who needs them. */
export function isReading(run: Pick<RunTable, 'kind' | 'speculative' | 'trigger'>): boolean {
  return run.kind === 'refresh' && run.speculative === 1 && run.trigger === 'dependency';
}
