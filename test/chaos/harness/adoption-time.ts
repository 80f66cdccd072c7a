import type { ChaosInstance } from './chaos-instance.ts';

/**
 * How long after its worker and the control plane were both begun again a run was adopted (ms); null where it was not, since
 * `struckAt`. The worker says so in its log.
 */
export function adoptedAfter(
  chaos: ChaosInstance,
  { run, worker, struckAt }: { run: string; worker: string; struckAt: number },
): number | null {
  const line = chaos.instance
    .log()
    .split('\n')
    .find((text) => text.includes('"run adopted"') && text.includes(`"run":"${run}"`));
  if (line === undefined) return null;
  const at = timeOf(JSON.parse(line));
  const slot = chaos.workers.get(worker);
  if (at < struckAt || slot === undefined) return null;
  const back = [slot, chaos.server].map(({ begunAt }) => begunAt).filter((begunAt) => begunAt <= at);
  return Math.round(at - Math.max(struckAt, ...back));
}

function timeOf({ time }: { time: number | string }): number {
  return typeof time === 'number' ? time : Date.parse(time);
}
