import { open } from 'node:fs/promises';
import type { OutcomeRequest } from '../../src/features/execution/protocol.ts';
import type { EngineEnd, PipelineContext } from '../pipeline.ts';
import { boundText } from '../plan/bounded-text.ts';
import type { PlanStreamResult } from '../plan/plan-stream.ts';
import { sanitizeText } from '../plan/sanitize-text.ts';
import { judgeEnd } from './judge-plan.ts';

/** How an engine process ended and what it told. */
interface EndedCall {
  readonly end: EngineEnd;
  readonly told: PlanStreamResult;
}

/** The part of an outcome that says how the engine ended; nothing planned yet. */
export function outcomeOf(
  context: PipelineContext,
  { end, told }: EndedCall,
  verdict: { readonly result: OutcomeRequest['result']; readonly error: string | null },
): OutcomeRequest {
  const { assignment, facts } = context;
  return {
    attempt: assignment.attempt,
    phase: 'plan',
    result: verdict.result,
    exit_code: end.exitCode,
    engine_version: facts.engine?.version ?? told.engineVersion,
    projection: null,
    plan_digest: null,
    plan_state: null,
    diagnostics: [...told.diagnostics],
    error: verdict.error === null ? null : boundText(verdict.error, 16_384),
    // The object itself: the last step's time is added when it is over.
    timings: facts.timings,
    notes: facts.notes.slice(0, 50).map((note) => boundText(note, 1000)),
    ...(facts.warnings ? { warning: boundText(facts.warnings.join('; '), 2000) } : {}),
  };
}

/** The outcome of a run whose init failed or was ended. */
export async function outcomeOfInit(
  context: PipelineContext,
  init: EndedCall & { readonly problem?: string | null },
): Promise<OutcomeRequest> {
  const verdict = judgeEnd({ end: init.end, planTimeoutMs: context.hello.plan_timeout_ms });
  if (verdict?.result === 'canceled') return outcomeOf(context, init, { result: 'canceled', error: null });
  const said = init.told.diagnostics.some(({ severity }) => severity === 'error')
    ? null
    : await lastWords(context, init);
  const error = init.problem ?? (verdict && 'error' in verdict ? verdict.error : said);
  return outcomeOf(context, init, { result: 'failed', error: error === null ? null : `init failed: ${error}` });
}

/** What an engine printed last, for one that ended without a diagnostic: the end of stderr, else its last plain lines. */
export async function lastWords(
  context: Pick<PipelineContext, 'facts'>,
  {
    end,
    told,
  }: { readonly end: Pick<EngineEnd, 'exitCode' | 'errFile'>; readonly told: Pick<PlanStreamResult, 'plainLines'> },
): Promise<string> {
  const text = (await readTail(end.errFile, 8192)).trim() || told.plainLines.join('\n').trim();
  const clean = (context.facts.mask ?? String)(sanitizeText(text));
  return clean === '' ? `exit code ${end.exitCode ?? 'unknown'}, and nothing was said` : clean;
}

async function readTail(file: string, bytes: number): Promise<string> {
  const handle = await open(file, 'r').catch(() => null);
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - bytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
