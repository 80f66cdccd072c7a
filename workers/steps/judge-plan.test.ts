import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/kernel/plan-outcome.ts';
import type { StreamSummary } from '../plan/stream-messages.ts';
import { judgePlan } from './judge-plan.ts';

const summary = (add = 0): StreamSummary => ({ add, change: 0, remove: 0, operation: 'plan' });
const error: Diagnostic = { severity: 'error', summary: 's', detail: '', file: null, line: null, address: null };

function judge(
  exitCode: number | null,
  told: { summary?: StreamSummary | null; diagnostics?: Diagnostic[] } = {},
  stopped: 'canceled' | 'timeout' | 'output_limit' | 'disk' | null = null,
) {
  const diagnostics = told.diagnostics ?? [];
  return judgePlan({
    end: { exitCode, stopped },
    told: { summary: told.summary ?? null, diagnostics, hasErrors: diagnostics.length > 0 },
    planTimeoutMs: 7_200_000,
  });
}

describe('judgePlan', () => {
  it.each([
    ['0 with a summary of nothing', judge(0, { summary: summary() }), 'unchanged', undefined],
    ['2 with a summary', judge(2, { summary: summary(1) }), 'changes', undefined],
    ['2 for moves and outputs alone', judge(2, { summary: summary() }), 'changes', undefined],
    ['0 without a summary', judge(0), 'failed', /without a summary/],
    ['2 without a summary', judge(2), 'failed', /without a summary/],
    ['0 with changes', judge(0, { summary: summary(1) }), 'failed', /its summary has changes/],
    ['2 with an error', judge(2, { summary: summary(1), diagnostics: [error] }), 'failed', null],
    ['1 with an error', judge(1, { diagnostics: [error] }), 'failed', null],
    ['1 and nothing said', judge(1), 'failed', /exit code 1/],
    ['137', judge(137), 'failed', /signal 9; was there enough memory/],
    ['143', judge(143), 'failed', /killed by signal 15$/],
    ['127', judge(127), 'failed', /cannot be run/],
    ['unknown', judge(null), 'failed', /nobody knows/],
    ['ended by a person', judge(null, {}, 'canceled'), 'canceled', null],
    ['ended by a person, although it was done', judge(0, { summary: summary() }, 'canceled'), 'canceled', null],
    ['ended by time', judge(130, {}, 'timeout'), 'failed', /after 2 h \(`limits.plan_timeout`\)/],
    ['ended by its output', judge(130, {}, 'output_limit'), 'failed', /more than 1 GB/],
    ['ended by the disk', judge(130, {}, 'disk'), 'failed', /disk/],
  ])('reads exit code %s', (_name, verdict, result, message) => {
    expect(verdict.result).toBe(result);
    const said = 'error' in verdict ? verdict.error : undefined;
    if (message instanceof RegExp) expect(said).toMatch(message);
    else expect(said).toBe(message);
  });
});
