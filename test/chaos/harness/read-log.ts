import { until } from '../../support/until.ts';
import type { ChaosInstance } from './chaos-instance.ts';

/** A run's log as people see it; waits while the control plane is away. */
export function readLog(chaos: ChaosInstance, run: string): Promise<string> {
  return until(async () => {
    const answer = await chaos.instance.ask(`/api/v1/runs/${run}/log`).catch(() => null);
    // It may be killed in the middle of its answer.
    return answer?.ok ? answer.text().catch(() => null) : null;
  }, 60_000);
}
