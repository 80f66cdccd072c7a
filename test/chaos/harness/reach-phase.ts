import type { Run } from '../../../src/api/contract.ts';
import { stateOf } from './acknowledged-states.ts';
import type { ApplyPhase, ApplyWatch } from './apply-watch.ts';
import type { ChaosInstance } from './chaos-instance.ts';
import type { Hook, Passing } from './fault-proxy.ts';

export interface PhaseOptions {
  readonly chaos: ChaosInstance;
  readonly watch: ApplyWatch;
  readonly run: Run;
  readonly things: number;
  readonly next: () => number;
}

/** A moment that has come. What is held up for it goes on with `go`. */
export interface Moment {
  readonly go: () => void;
}

/** Waits for a moment in a phase of an apply that is about to be approved; which moment comes of chance. */
export async function reachPhase(phase: ApplyPhase, options: PhaseOptions): Promise<Moment> {
  const { watch, run, next, chaos } = options;
  const chance = next();
  const laterMs = next() * 300;
  if (phase === 'claim') {
    const isClaim = (body: string) => body.includes(`"run":"${run.id}"`) && body.includes('"phase":"apply"');
    return hold(options, {
      isIt: ({ path }, answer) => path === '/worker/v1/claims' && isClaim(answer ?? ''),
      isDone: true,
      isLost: chance < 0.5,
    });
  }
  if (phase === 'before spawn') await watch.until(() => (chance < 0.5 ? watch.hasDirectory() : watch.isMeant()));
  if (phase === 'start') await watch.until(() => watch.hasStarted());
  if (phase === 'mid') {
    await watch.until(() => chaos.side.begun(run.stack).length > Math.floor(chance * options.things));
    await new Promise((resolve) => setTimeout(resolve, laterMs));
  }
  if (phase === 'final save') {
    const isWhole = () => chaos.side.made(run.stack).length >= options.things;
    return hold(options, {
      isIt: ({ method, path }) => method === 'POST' && stateOf(path) === run.stack && isWhole(),
      isDone: chance < 0.5,
      isLost: laterMs < 150,
    });
  }
  if (phase === 'after the end') {
    if (chance < 0.3) await watch.until(() => watch.exitCode() !== null);
    else {
      return hold(options, {
        isIt: ({ path }) => path === `/worker/v1/runs/${run.id}/apply-outcome`,
        isDone: chance < 0.65,
        isLost: laterMs < 150,
      });
    }
  }
  return { go() {} };
}

interface Held {
  isIt(passing: Passing, answer?: string): boolean;
  /** Held after it was done, before its sender hears of it. */
  readonly isDone: boolean;
  /** Its sender never hears of it. */
  readonly isLost: boolean;
}

/** Resolves with the first such request held up at the proxy. */
function hold({ chaos }: PhaseOptions, { isIt, isDone, isLost }: Held): Promise<Moment> {
  return new Promise((resolve) => {
    const wait = () =>
      new Promise<void>((go) => {
        chaos.proxy.hooks.delete(hook);
        resolve({ go });
      });
    const hook: Hook = isDone
      ? {
          async after(passing, answer) {
            if (!isIt(passing, answer.body.toString('utf8'))) return undefined;
            await wait();
            return isLost ? 'drop' : undefined;
          },
        }
      : {
          async before(passing) {
            if (!isIt(passing)) return undefined;
            await wait();
            return isLost ? 'drop' : undefined;
          },
        };
    chaos.proxy.hooks.add(hook);
  });
}
