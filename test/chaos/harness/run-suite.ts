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
  /** Whose seeds come first. */
  readonly record: readonly RecordRow[];
  /** Stops it early. */
  readonly signal: AbortSignal;
  say(line: string): void;
}

/** Tries one promise after the other. Leaves no process and no folder behind, whatever happens. */
export async function runSuite(options: SuiteOptions): Promise<PromiseResult[]> {
  const { promises, seed, count, isQuick, minutes, record, say } = options;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(minutes * 60_000)]);
  const dir = mkdtempSync(join(tmpdir(), 'hf-chaos-'));
  const results: PromiseResult[] = [];
  try {
    for (const promise of promises) {
      const wanted = count ?? (isQuick ? promise.quickCount : promise.defaultCount);
      if (wanted === 0) continue;
      const recorded = record.filter((row) => row.promise === promise.id).map((row) => row.seed);
      say(`${promise.id} ${promise.title}`);
      const result = await tryPromise(promise, { dir, seed, count: wanted, recorded, signal, say });
      say(`${promise.id} ${result.held} of ${result.wanted} held, ${result.seconds.toFixed(0)} s`);
      results.push(result);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
  return results;
}
