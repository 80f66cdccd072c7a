import type { PlanSummary } from '../../kernel/plan-outcome.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import { cleanLine, cleanText, cut } from './clean-text.ts';
import type { RunFailure, RunSnapshot } from './notification.ts';

const MAX_LINE = 300;
const MAX_DETAIL = 2_000;

/** The run as messages show it: cleaned and bounded. Pure. */
export function snapshotOf(run: RunTable, at: number, recovered: boolean): RunSnapshot {
  return {
    id: run.id,
    commit: run.commit_sha,
    kind: run.kind,
    trigger: run.trigger,
    status: run.status,
    author: line(run.author),
    message: line(run.message),
    created_at: run.created_at,
    started_at: run.started_at,
    duration_ms: run.started_at === null ? null : Math.max(0, at - run.started_at),
    summary: run.summary === null ? null : (JSON.parse(run.summary) as PlanSummary),
    reason: line(run.reason),
    error: run.error === null ? null : failureOf(run.error),
    new_state: run.new_state === 1,
    recovered,
  };
}

interface StoredError extends Partial<RunFailure> {
  /** Only an apply's error has it: how far it came stands in `summary`, and is told apart. */
  readonly done?: number | null;
  readonly diagnostics?: readonly { severity: string; summary: string; detail: string; address: string | null }[];
}

function failureOf(json: string): RunFailure {
  const error = JSON.parse(json) as StoredError;
  const first = error.diagnostics?.find(({ severity }) => severity === 'error');
  const { summary, detail } = error.done === undefined || first === undefined ? error : first;
  return {
    summary: line(summary ?? null) ?? 'the run failed without saying why',
    detail: cut(cleanText((detail ?? '').slice(0, 4 * MAX_DETAIL)).trim(), MAX_DETAIL),
    file: line(error.file ?? null),
    line: error.line ?? null,
    address: line(first?.address ?? null),
  };
}

function line(text: string | null): string | null {
  return text === null ? null : cut(cleanLine(text.slice(0, 4 * MAX_LINE)), MAX_LINE) || null;
}
