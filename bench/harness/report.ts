/** One line of the report: medians over all pairs. */
export interface BenchRow {
  readonly id: string;
  /** What was measured, with its unit. */
  readonly what: string;
  readonly value: number;
  readonly baseline: number | null;
  /** The figure that the goal is about; > 1 is better where the goal is "at least", worse where it is "at most". */
  readonly ratio: number | null;
  readonly goal: string | null;
  readonly met: boolean | null;
  /** Where it could not be measured: why. */
  readonly skipped?: string;
}

/** What a benchmark is run with. */
export interface BenchOptions {
  /** Measurements of product and baseline, one after the other, again and again. */
  readonly pairs: number;
  /** Small numbers of everything: proves that it runs, its figures say little. */
  readonly isQuick: boolean;
  /** What is going on, for a person who waits. */
  readonly say: (line: string) => void;
}

/** A benchmark of the report. */
export type Benchmark = (options: BenchOptions) => Promise<{ readonly rows: readonly BenchRow[] }>;

/** The middle value; NaN of none. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value that the given share of all values does not pass; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A row whose ratio must not pass `most`. */
export function atMost(
  row: Pick<BenchRow, 'id' | 'what' | 'value' | 'baseline'>,
  ratio: number,
  most: number,
): BenchRow {
  return { ...row, ratio, goal: `≤ ${most.toFixed(2)}×`, met: ratio <= most };
}

/** A row whose ratio must reach `least`. */
export function atLeast(
  row: Pick<BenchRow, 'id' | 'what' | 'value' | 'baseline'>,
  ratio: number,
  least: number,
): BenchRow {
  return { ...row, ratio, goal: `≥ ${least.toFixed(1)}×`, met: ratio >= least };
}

/** A row whose value itself must not pass `most`. */
export function valueAtMost(row: Pick<BenchRow, 'id' | 'what' | 'value'>, most: number, unit: string): BenchRow {
  return { ...row, baseline: null, ratio: null, goal: `≤ ${most} ${unit}`, met: row.value <= most };
}

/** A row without a goal. */
export function noted(
  row: Pick<BenchRow, 'id' | 'what' | 'value' | 'baseline'>,
  ratio: number | null = null,
): BenchRow {
  return { ...row, ratio, goal: null, met: null };
}

/** The report as a table for people. */
export function formatTable(rows: readonly BenchRow[]): string {
  const head = ['', 'what', 'value', 'baseline', 'ratio', 'goal', ''];
  const lines = rows.map((row) => [
    row.id,
    row.what,
    formatNumber(row.value),
    row.baseline === null ? '–' : formatNumber(row.baseline),
    row.ratio === null ? '–' : `${row.ratio.toFixed(2)}×`,
    row.goal ?? '–',
    row.skipped ? `skipped: ${row.skipped}` : row.met === null ? '' : row.met ? 'met' : 'MISSED',
  ]);
  const all = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...all.map((line) => (line[column] ?? '').length)));
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
