import { formatDuration } from '../../kernel/units.ts';
import type { RunList } from '../contract.ts';
import { ago } from './ago.ts';
import { clean } from './clean.ts';
import { plainPaint } from './paint.ts';
import type { TextOptions } from './run-text.ts';
import { paintStatus, statusText } from './status-text.ts';
import { summaryShort } from './summary-text.ts';
import { renderTable } from './table.ts';

/** Runs as a table, newest first. Says how to see more where there are more. */
export function renderRunsText({ runs, next }: RunList, options: TextOptions = {}): string {
  const paint = options.paint ?? plainPaint;
  if (runs.length === 0) return 'No runs yet.\n';
  const head = ['RUN', 'STACK', 'STATUS', 'PLAN', 'BY', 'COMMIT', 'CREATED', 'TOOK', 'MESSAGE'];
  const rows = runs.map((run) => [
    clean(run.id),
    { text: clean(run.stack), paint: paint.strong },
    { text: statusText(run.status), paint: () => paintStatus(run.status, paint) },
    run.summary === null ? '-' : summaryShort(run.summary),
    run.trigger.replace(/_/g, ' '),
    clean(run.commit).slice(0, 8),
    ago(run.created_at, options.now),
    run.duration_ms === null ? '-' : formatDuration(run.duration_ms),
    clean(run.message?.split('\n')[0] ?? '', 72),
  ]);
  const table = renderTable([head.map((text) => ({ text, paint: paint.faint })), ...rows], options.width);
  return next === null ? table : `${table}${paint.faint('There are more: holdfast runs --limit N')}\n`;
}
