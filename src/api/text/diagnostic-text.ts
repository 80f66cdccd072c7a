import type { DiagnosticJson, RunErrorJson } from '../contract.ts';
import { clean, cleanBlock } from './clean.ts';
import type { Paint } from './paint.ts';

const DETAIL_LINES = 20;

/** Why a run failed: every diagnostic with file and line, or the one sentence where there are none. */
export function renderDiagnostics(error: RunErrorJson, paint: Paint): string {
  const list: readonly DiagnosticJson[] =
    error.diagnostics.length > 0 ? error.diagnostics : [{ severity: 'error', address: null, ...error }];
  return list.map((diagnostic) => renderDiagnostic(diagnostic, paint)).join('\n');
}

/** `Error: Unsupported argument  network/prod/main.tf:12`, then address and detail, indented. */
function renderDiagnostic(diagnostic: DiagnosticJson, paint: Paint): string {
  const word = diagnostic.severity === 'error' ? paint.bad('Error:') : paint.caution('Warning:');
  const line = diagnostic.line === null ? '' : `:${diagnostic.line}`;
  const place = diagnostic.file === null ? '' : `  ${paint.note(`${clean(diagnostic.file)}${line}`)}`;
  const lines = [`${word} ${clean(diagnostic.summary)}${place}`];
  if (diagnostic.address !== null) lines.push(`    with ${clean(diagnostic.address)}`);
  const detail = cleanBlock(diagnostic.detail).trim();
  if (detail !== '') {
    const all = detail.split('\n');
    lines.push(...all.slice(0, DETAIL_LINES).map((text) => `    ${text}`.trimEnd()));
    if (all.length > DETAIL_LINES) lines.push(paint.faint(`    … ${all.length - DETAIL_LINES} more lines`));
  }
  return lines.join('\n');
}
