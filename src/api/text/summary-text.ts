import type { SummaryJson } from '../contract.ts';

const PARTS = [
  ['import', 'to import'],
  ['add', 'to add'],
  ['change', 'to change'],
  ['replace', 'to replace'],
  ['destroy', 'to destroy'],
  ['move', 'to move'],
  ['forget', 'to forget'],
] as const;

/** `2 to add, 1 to replace` with only what there is; `no changes` where there is nothing. */
export function summaryText(summary: SummaryJson): string {
  const parts = PARTS.filter(([key]) => summary[key] > 0).map(([key, text]) => `${summary[key]} ${text}`);
  if (summary.outputs > 0) parts.push(`${summary.outputs} ${summary.outputs === 1 ? 'output' : 'outputs'} to change`);
  return parts.length === 0 ? 'no changes' : parts.join(', ');
}

/** `+2 ~1 -0`, replaced ones as `±1`: the short form of tables. */
export function summaryShort(summary: SummaryJson): string {
  const marks = [
    ['+', summary.add],
    ['~', summary.change],
    ['±', summary.replace],
    ['-', summary.destroy],
    ['<', summary.import],
    ['>', summary.move],
    ['.', summary.forget],
  ] as const;
  const parts = marks.filter(([, n]) => n > 0).map(([mark, n]) => `${mark}${n}`);
  if (parts.length === 0) return summary.outputs > 0 ? 'outputs' : 'none';
  return parts.join(' ');
}
