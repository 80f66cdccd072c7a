import { type Clock, sleep } from '../../kernel/clock.ts';
import { forbidStart, layVoid, observe } from './call-directory.ts';
import { judge, type Verdict } from './process-evidence.ts';

/** A verdict that can be acted on. */
export type SettledVerdict = Exclude<Verdict, { kind: 'undecided' }>;

/**
 * Brings an undecided call to a verdict, as one who found its directory may: without `pid` it is forbidden to start; with
 * an incomplete one it is given a second and then forbidden; an engine that has ended waits for its shim to write `exit`.
 */
export async function settleEvidence(dir: string, clock: Clock): Promise<SettledVerdict> {
  for (;;) {
    const verdict = judge(await observe(dir));
    if (verdict.kind !== 'undecided') return verdict;
    if (verdict.because === 'no_pid') await forbidStart(dir);
    if (verdict.because === 'exit_pending') await sleep(clock, 20);
    if (verdict.because === 'incomplete_pid') {
      await sleep(clock, 1000);
      const again = judge(await observe(dir));
      if (again.kind === 'undecided' && again.because === 'incomplete_pid') await layVoid(dir);
    }
  }
}
