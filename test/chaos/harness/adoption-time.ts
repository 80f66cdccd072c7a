import type { ChaosInstance } from './chaos-instance.ts';

/**
 * How long after its worker was begun again, with the control plane up, a run was first adopted since `struckAt` (ms); null
 * where it was not. The worker says so in its log.
 */
export function adoptedAfter(
  chaos: ChaosInstance,
  { run, worker, struckAt }: { run: string; worker: string; struckAt: number },
): number | null {
  const lines = chaos.instance.log().split('\n');
  const said = lines.filter((text) => text.includes('"run adopted"') && text.includes(`"run":"${run}"`));
  const at = said.map((line) => timeOf(JSON.parse(line))).find((time) => time >= struckAt);
  const slot = chaos.workers.get(worker);
  if (at === undefined || slot === undefined) return null;
  // Others may have struck as well, since.
  const begun = slot.lives.map(({ begunAt }) => begunAt);
  const up = chaos.server.lives.map(({ readyAt }) => readyAt);
  const back = [begun, up].map((times) => Math.max(...times.filter((time) => time <= at)));
  return Math.max(0, Math.round(at - Math.max(struckAt, ...back)));
}

function timeOf({ time }: { time: number | string }): number {
  return typeof time === 'number' ? time : Date.parse(time);
}
