import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { seeded } from '../../support/seeded.ts';
import type { ChaosPromise, Fell, Schedule, Trial, Verdict } from './chaos-promise.ts';
import { endProcessesOf } from './leftovers.ts';
import type { FallenSchedule, PromiseResult } from './promise-result.ts';
import { scheduleSeed } from './schedule-seed.ts';

export interface TryOptions {
  /** An existing folder. */
  readonly dir: string;
  readonly seed: number;
  readonly count: number;
  /** Seeds that fell once: run first, beyond `count`. */
  readonly recorded: readonly number[];
  readonly signal: AbortSignal;
  say(line: string): void;
}

/** Of the evidence, while it runs; the report has all of it. */
const SHOWN = 6000;
const CLOSE_MS = 120_000;

/** Runs the schedules of one promise, some at once, until as many tries were made as wanted or the signal says stop. */
export async function tryPromise(promise: ChaosPromise, options: TryOptions): Promise<PromiseResult> {
  const started = performance.now();
  const { signal, say, recorded } = options;
  const wanted = options.count + recorded.length;
  // No folder's path begins with that of another: processes are found, and ended, by it.
  const dir = join(options.dir, `${promise.id}.tries`);
  mkdirSync(dir);
  const fallen: FallenSchedule[] = [];
  const measures: Record<string, number[]> = {};
  const kinds: Record<string, number> = {};
  let [tried, held, begun] = [0, 0, 0];
  const fall = (seed: number, { why, evidence }: Pick<Fell, 'why' | 'evidence'>) => {
    fallen.push({ seed, why, evidence });
    say(`${promise.id} seed ${seed} fell: ${why}\n${evidence.slice(0, SHOWN)}`);
  };
  const count = (seed: number, verdict: Verdict) => {
    tried += verdict.tries ?? 1;
    held += verdict.held ? (verdict.tries ?? 1) : 0;
    if (verdict.kind !== undefined) kinds[verdict.kind] = (kinds[verdict.kind] ?? 0) + 1;
    for (const [name, value] of Object.entries(verdict.measures ?? {})) {
      measures[name] = (measures[name] ?? []).concat(value);
    }
    if (!verdict.held) fall(verdict.seed ?? seed, verdict);
  };
  const seedOf = (nth: number) => recorded[nth] ?? scheduleSeed(options.seed, nth - recorded.length);

  const missing = promise.missing?.() ?? null;
  let trial: Trial | null = null;
  try {
    if (missing === null && !signal.aborted)
      trial = await promise.open({ dir, seed: seedOf(0), count: wanted, signal, say });
    const opened = trial;
    const work = async () => {
      while (opened && !signal.aborted && tried < wanted && begun < wanted) {
        const index = begun++;
        const seed = seedOf(index);
        const place = join(dir, `schedule-${index}`);
        mkdirSync(place);
        const left = wanted - Math.max(tried, index);
        const schedule: Schedule = { seed, next: seeded(seed), index, dir: place, left, signal, say };
        const verdict = await runSchedule(promise, opened, schedule);
        // Cut short from outside, it has shown nothing.
        if (verdict.held || !signal.aborted) count(seed, verdict);
        rmSync(place, { recursive: true, force: true, maxRetries: 5 });
      }
    };
    await Promise.all(Array.from({ length: promise.atOnce }, work));
  } catch (error) {
    fall(seedOf(0), { why: `it could not be tried: ${messageOf(error)}`, evidence: stackOf(error) });
  }
  await Promise.race([trial?.close?.(), tooLongToClose()]).catch((error) => {
    fall(seedOf(0), { why: `it did not end well: ${messageOf(error)}`, evidence: stackOf(error) });
  });
  await endProcessesOf(dir);
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  const untried = missing ?? (tried < wanted ? 'there was no time left, or it could not go on' : null);
  const seconds = (performance.now() - started) / 1000;
  const { id, title, unit } = promise;
  return { id, title, unit, wanted, tried, held, fallen, untried, seconds, kinds, measures };
}

/** Its verdict, or what was thrown, ran too long, or does not hold afterwards. */
async function runSchedule(promise: ChaosPromise, trial: Trial, schedule: Schedule): Promise<Verdict> {
  let timer: NodeJS.Timeout | undefined;
  const over = new AbortController();
  const tooLong = new Promise<Fell>((resolve) => {
    const why = `it had not ended after ${promise.patienceMs / 1000} s`;
    timer = setTimeout(() => resolve({ held: false, why, evidence: '' }), promise.patienceMs);
    const cut = () => resolve({ held: false, why: 'it was cut short', evidence: '' });
    schedule.signal.addEventListener('abort', cut, { once: true, signal: over.signal });
  });
  try {
    const verdict = await Promise.race([trial.run(schedule), tooLong]);
    const broken = verdict.held ? ((await trial.broken?.()) ?? []) : [];
    if (broken.length === 0) return verdict;
    return { ...verdict, held: false, why: broken[0] ?? '', evidence: broken.join('\n') };
  } catch (error) {
    return { held: false, why: messageOf(error), evidence: stackOf(error) };
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

/** What does not end by itself is ended afterwards. */
function tooLongToClose(): Promise<never> {
  return new Promise((_, reject) => {
    const why = `it had not ended after ${CLOSE_MS / 1000} s`;
    setTimeout(() => reject(new Error(why)), CLOSE_MS).unref();
  });
}

const messageOf = (error: unknown) => String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
const stackOf = (error: unknown) => String(error instanceof Error ? error.stack : error);
