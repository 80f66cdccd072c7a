import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { ChaosPromise } from './chaos-promise.ts';

export interface ChaosOptions {
  readonly promises: readonly ChaosPromise[];
  readonly seed: number;
  /** A seed was asked for: nothing else is run before it. */
  readonly isSeeded: boolean;
  readonly count: number | null;
  readonly minutes: number;
  readonly isQuick: boolean;
  readonly promisesAtOnce: number;
  /** Path without extension; null: none is written. */
  readonly report: string | null;
}

const USAGE =
  'usage: npm run chaos -- [--seed N] [--count N] [--only P1,P3] [--minutes N] [--at-once N] [--quick] [--report FILE.md]\n' +
  '  a schedule that fell, alone: --only P1 --seed SEED --count 1';

/** Reads the arguments; throws with the usage where they make no sense. */
export function readOptions(args: readonly string[], all: readonly ChaosPromise[]): ChaosOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        count: { type: 'string' },
        only: { type: 'string' },
        minutes: { type: 'string', default: '40' },
        'at-once': { type: 'string', default: '2' },
        quick: { type: 'boolean', default: false },
        report: { type: 'string' },
      },
    });
    return {
      promises: choose(all, values.only),
      seed: values.seed === undefined ? randomInt(2 ** 31) : whole('--seed', values.seed, 0, 2 ** 32 - 1),
      isSeeded: values.seed !== undefined,
      count: values.count === undefined ? null : whole('--count', values.count, 1, 10_000_000),
      minutes: whole('--minutes', values.minutes, 1, 600),
      promisesAtOnce: whole('--at-once', values['at-once'], 1, 32),
      isQuick: values.quick,
      report: values.report?.replace(/\.(md|json)$/, '') ?? null,
    };
  } catch (error) {
    const ids = all.map(({ id }) => id).join(' ');
    throw new Error(`${(error as Error).message}\n${USAGE}\n  promises: ${ids}`, { cause: error });
  }
}

function choose(all: readonly ChaosPromise[], only: string | undefined): readonly ChaosPromise[] {
  if (only === undefined) return all;
  const wanted = only.split(',');
  const fits = (promise: ChaosPromise, id: string) => promise.id === id || promise.id.startsWith(`${id}-`);
  const unknown = wanted.find((id) => !all.some((promise) => fits(promise, id)));
  if (unknown !== undefined) throw new Error(`there is no promise ${JSON.stringify(unknown)}`);
  return all.filter((promise) => wanted.some((id) => fits(promise, id)));
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${name} must be a whole number from ${least} to ${most}, got ${JSON.stringify(text)}`);
}
