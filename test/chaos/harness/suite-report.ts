import type { Machine } from './machine.ts';
import { isWhole, type PromiseResult } from './promise-result.ts';

/** Of the evidence, on the page; the JSON has all of it. */
const SHOWN = 1500;

export interface SuiteReport {
  readonly seed: number;
  readonly command: string;
  readonly machine: Machine;
  readonly seconds: number;
  readonly results: readonly PromiseResult[];
}

/** `promise | tried | held | seeds that fell`, for a terminal. */
export function formatTable(results: readonly PromiseResult[]): string {
  const rows = [['promise', 'tried', 'held', 'seeds that fell'], ...results.map(cells)];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The report as a page. */
export function formatMarkdown({ seed, command, machine, seconds, results }: SuiteReport): string {
  const table = results.map((result) => {
    const [promise = '', done = '', held = '', seeds = ''] = cells(result);
    return `| ${promise} ${result.title} | ${done} | ${held} | ${seeds} | ${result.seconds.toFixed(0)} s |`;
  });
  const measured = results.flatMap(({ id, measures }) =>
    Object.entries(measures).map(([name, values]) => {
      const [median, worst] = spread(values);
      return `| ${id} ${name} | ${values.length} | ${median} | ${worst} |`;
    }),
  );
  const tried = results.flatMap(({ id, kinds }) => {
    const counted = Object.entries(kinds).sort(([a], [b]) => (a < b ? -1 : 1));
    return counted.length === 0 ? [] : [`- ${id}: ${counted.map(([kind, times]) => `${kind} ${times}`).join(' · ')}`];
  });
  const fallen = results.flatMap(({ id, fallen: of }) =>
    of.map(
      ({ seed: own, why, evidence }) =>
        `### ${id}, seed ${own}\n\n${why}\n\n\`\`\`text\n${evidence.slice(0, SHOWN)}\n\`\`\`\n`,
    ),
  );
  const facts = Object.entries(machine).map(([name, value]) => `- ${name}: ${value}`);
  return [
    '# Chaos report\n',
    `\`${command}\`, seed ${seed}, ${(seconds / 60).toFixed(1)} minutes: ${results.every(isWhole) ? 'everything was tried and held' : 'not everything held'}.\n`,
    `${facts.join('\n')}\n`,
    '| promise | tried | held | seeds that fell | time |\n|---|---|---|---|---|',
    `${table.join('\n')}\n`,
    ...(measured.length > 0
      ? ['| measured | times | median | worst |\n|---|---|---|---|', `${measured.join('\n')}\n`]
      : []),
    ...(tried.length > 0 ? ['Faults, and how often each was tried:\n', `${tried.join('\n')}\n`] : []),
    ...(fallen.length > 0 ? ['## What fell\n', ...fallen] : []),
  ].join('\n');
}

function cells(result: PromiseResult): string[] {
  const { id, unit, wanted, tried, held, fallen, untried } = result;
  const seeds = fallen.map(({ seed }) => String(seed)).join(' ') || 'none';
  const rest = untried === null ? '' : `; ${wanted - tried} not tried: ${untried}`;
  return [id, `${tried} ${unit}`, String(held), `${seeds}${rest}`];
}

/** Median and greatest, rounded to what matters. */
function spread(values: readonly number[]): [string, string] {
  const sorted = values.toSorted((a, b) => a - b);
  const shown = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(1));
  return [shown(sorted[Math.floor(sorted.length / 2)] ?? 0), shown(sorted.at(-1) ?? 0)];
}
