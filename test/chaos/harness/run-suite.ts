import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChaosPromise } from './chaos-promise.ts';
import type { PromiseResult } from './promise-result.ts';
import type { RecordRow } from './record-row.ts';
import { tryPromise } from './try-promise.ts';

export interface SuiteOptions {
  readonly promises: readonly ChaosPromise[];
  readonly seed: number;
  /** Tries of each; null: what each promise says, for `isQuick` or the whole. */
  readonly count: number | null;
  readonly isQuick: boolean;
  readonly minutes: number;
  /** How many promises are tried at the same time; more than one where most of the time is waiting. */
  readonly promisesAtOnce: number;
  /** Whose seeds come first. */
  readonly record: readonly RecordRow[];
  /** Stops it early. */
  readonly signal: AbortSignal;
  say(line: string): void;
}

/** Tries all promises; the results are in their order. Leaves no process and no folder behind, whatever happens. */
export async function runSuite(options: SuiteOptions): Promise<PromiseResult[]> {
  const { promises, count, isQuick, minutes } = options;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(minutes * 60_000)]);
  const dir = mkdtempSync(join(tmpdir(), 'hf-chaos-'));
  const wantedOf = (promise: ChaosPromise) => count ?? (isQuick ? promise.quickCount : promise.defaultCount);
  const wanted = promises.filter((promise) => wantedOf(promise) > 0);
  const results: PromiseResult[] = [];
  let begun = 0;
  const work = async () => {
    for (let at = begun++; at < wanted.length; at = begun++) {
      const promise = wanted[at];
      if (promise) results[at] = await tryOne(promise, { ...options, dir, signal, count: wantedOf(promise) });
    }
  };
  try {
    await Promise.all(Array.from({ length: options.promisesAtOnce }, work));
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
  return results;
}

async function tryOne(
  promise: ChaosPromise,
  { dir, seed, count, record, signal, say }: SuiteOptions & { readonly dir: string; readonly count: number },
): Promise<PromiseResult> {
  const recorded = record.filter((row) => row.promise === promise.id).map((row) => row.seed);
  say(`${promise.id} ${promise.title}`);
  const result = await tryPromise(promise, { dir, seed, count, recorded, signal, say });
  say(`${promise.id} ${result.held} of ${result.wanted} held, ${result.seconds.toFixed(0)} s`);
  return result;
}
