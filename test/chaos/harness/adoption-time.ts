import type { ChaosInstance } from './chaos-instance.ts';

/** How long it took, and how long of that the new worker had no processor although it wanted one. */
export interface AdoptionTime {
  readonly afterMs: number;
  readonly starvedMs: number;
}

/**
 * How long after its worker was begun again, with the control plane up, a run was first adopted since `struckAt` (ms); null
 * where it was not. The worker says so in its log.
 */
export function adoptedAfter(
  chaos: ChaosInstance,
  { run, worker, struckAt }: { run: string; worker: string; struckAt: number },
): AdoptionTime | null {
  const lines = chaos.instance.log().split('\n');
  const said = lines.filter((text) => text.includes('"run adopted"') && text.includes(`"run":"${run}"`));
  const at = said.map((line) => timeOf(JSON.parse(line))).find((time) => time >= struckAt);
  const slot = chaos.workers.get(worker);
  if (at === undefined || slot === undefined) return null;
  // Others may have struck as well, since.
  const life = slot.lives.findLast(({ begunAt }) => begunAt <= at);
  const up = chaos.server.lives.map(({ readyAt }) => readyAt).filter((readyAt) => readyAt <= at);
  const afterMs = Math.max(0, Math.round(at - Math.max(struckAt, life?.begunAt ?? 0, ...up)));
  return { afterMs, starvedMs: Math.min(afterMs, Math.round(life?.starvedMs ?? 0)) };
}

function timeOf({ time }: { time: number | string }): number {
  return typeof time === 'number' ? time : Date.parse(time);
}
