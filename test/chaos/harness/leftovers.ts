import { livingProcesses } from '../../support/instance/living-processes.ts';
import { kill } from '../../support/instance/test-instance.ts';

const ROUNDS = 50;

/** Ends every process that has to do with a folder of ours; they were all started from here. Answers how many there were. */
export async function endProcessesOf(dir: string): Promise<number> {
  const seen = new Set<number>();
  for (let round = 0; round < ROUNDS; round++) {
    const living = livingProcesses(dir);
    if (living.length === 0) break;
    for (const { pid } of living) {
      seen.add(pid);
      // One that is stopped by SIGSTOP dies of this as well.
      kill(pid);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return seen.size;
}
