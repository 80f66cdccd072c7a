import { cleanBlock } from '../../api/text/clean.ts';
import { type Paint, plainPaint } from '../../api/text/paint.ts';
import type { TextOptions } from '../../api/text/run-text.ts';
import type { Check, CheckStatus } from './check.ts';

const MARKS: Readonly<Record<CheckStatus, readonly [mark: string, colour: keyof Paint]>> = {
  ok: ['ok', 'good'],
  warning: ['warn', 'caution'],
  error: ['FAIL', 'bad'],
  skipped: ['-', 'faint'],
};

/** The checks one below the other, each with its way out, and a last line that sums up. */
export function renderDoctorText(checks: readonly Check[], { paint = plainPaint }: TextOptions): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const indent = ' '.repeat(width + 8);
  const lines = checks.map(({ name, status, detail, wayOut }) => {
    const [mark, colour] = MARKS[status];
    const head = `${paint[colour](mark.padEnd(4))}  ${name.padEnd(width)}  ${cleanBlock(detail).replace(/\n/g, `\n${indent}`)}`;
    return wayOut === '' ? head : `${head}\n${indent}${paint.faint('->')} ${cleanBlock(wayOut)}`;
  });
  return `${lines.join('\n')}\n\n${totalOf(checks, paint)}\n`;
}

function totalOf(checks: readonly Check[], paint: Paint): string {
  const errors = checks.filter(({ status }) => status === 'error').length;
  const warnings = checks.filter(({ status }) => status === 'warning').length;
  const said = `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
  if (errors > 0) return paint.bad(`${errors} ${errors === 1 ? 'thing' : 'things'} to mend, ${said}`);
  return paint.good(warnings === 0 ? 'All is well' : `Ready to go, ${said}`);
}
