import type { RunStatus } from '../kernel/run-status.ts';

/** Exit code of `--wait`: 0 unchanged, applied · 2 awaiting approval, planned · 1 everything else. */
export function exitOfRun(status: RunStatus): 0 | 1 | 2 {
  if (status === 'unchanged' || status === 'applied') return 0;
  if (status === 'awaiting_approval' || status === 'planned') return 2;
  return 1;
}
