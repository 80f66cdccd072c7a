import { EMPTY_SUMMARY, type PlanSummary } from '../../kernel/plan-outcome.ts';
import { applyHeadline } from './apply-message.ts';
import { cleanLine, codePoints, cut, cutMiddle } from './clean-text.ts';
import { driftHeadline } from './drift-message.ts';
import { verbForKind } from './kind-verb.ts';
import type { NotificationBody } from './notification.ts';

/** What a phone shows of a message. */
const PHONE = 60;
const LEAST_OF_STACK = 14;

/**
 * One line: sign, verb and stack, then the counts, within the first 60 characters (a long stack name is cut in its
 * middle), then what is wanted. Pure.
 */
export function headline(body: NotificationBody): string {
  const { sign, verb: usual, counts, rest } = partsOf(body);
  const verb = verbForKind(usual, body.run?.kind);
  const stack = cleanLine(body.stack ?? body.repository ?? 'holdfast');
  const frame = codePoints(`${sign} ${verb} : ${counts}`);
  const room = Math.max(LEAST_OF_STACK, PHONE - frame);
  const head = `${sign} ${verb} ${cutMiddle(stack, room)}`;
  return `${head}${counts === '' ? '' : `: ${counts}`}${rest}`;
}

interface Parts {
  readonly sign: string;
  readonly verb: string;
  readonly counts: string;
  readonly rest: string;
}

function partsOf(body: NotificationBody): Parts {
  const { event, run } = body;
  const apply = applyHeadline(body);
  if (apply !== null) return applyParts(body, apply);
  const drift = driftHeadline(body);
  if (drift !== null) {
    const rest = drift.news === '' ? '' : `: ${drift.news}`;
    return { sign: drift.sign, verb: drift.verb, counts: '', rest };
  }
  if (event === 'plan.ready') {
    const counts = run?.summary ? shortCounts(run.summary) : '';
    return { sign: '🟡', verb: 'plan', counts, rest: `, wants approval${run?.recovered ? ' (recovered)' : ''}` };
  }
  if (event === 'plan.failed') {
    return { sign: '🔴', verb: 'plan failed', counts: '', rest: `: ${cut(run?.error?.summary ?? 'see its log', 100)}` };
  }
  if (event === 'plan.recovered') {
    return { sign: '🟢', verb: 'plan recovered', counts: shortCounts(run?.summary ?? EMPTY_SUMMARY), rest: '' };
  }
  return { sign: '⚪', verb: event, counts: '', rest: '' };
}

function applyParts({ event, run }: NotificationBody, apply: { sign: string; verb: string; news: string }): Parts {
  const { sign, verb } = apply;
  const news = cut(apply.news, 100);
  if (event !== 'apply.started' && event !== 'apply.succeeded') return { sign, verb, counts: '', rest: `: ${news}` };
  return { sign, verb, counts: run?.summary ? shortCounts(run.summary) : '', rest: news === '' ? '' : `, ${news}` };
}

/** `+3 ~1 -2 ±1`; what has no sign of its own in words; never empty for a plan that does something. Pure. */
export function shortCounts(summary: PlanSummary): string {
  const signs: readonly (readonly [string, number])[] = [
    ['+', summary.add],
    ['~', summary.change],
    ['-', summary.destroy],
    ['±', summary.replace],
  ];
  const parts = signs.filter(([, count]) => count > 0).map(([sign, count]) => `${sign}${short(count)}`);
  const words: readonly (readonly [number, string])[] = [
    [summary.forget, 'forgotten'],
    [summary.import, 'imported'],
    [summary.move, 'moved'],
    [summary.outputs, summary.outputs === 1 ? 'output' : 'outputs'],
  ];
  for (const [count, word] of words) if (count > 0 && parts.length < 4) parts.push(`${short(count)} ${word}`);
  return parts.join(' ') || 'no changes';
}

/** `3 to add, 1 to change, 2 to destroy, 1 to replace`: what the signs mean, in terraform's words. Pure. */
export function longCounts(summary: PlanSummary): string {
  const parts = [
    [summary.import, 'to import'],
    [summary.add, 'to add'],
    [summary.change, 'to change'],
    [summary.destroy, 'to destroy'],
    [summary.replace, 'to replace'],
    [summary.move, 'to move'],
    [summary.forget, 'to forget'],
    [summary.outputs, summary.outputs === 1 ? 'output changes' : 'outputs change'],
  ] as const;
  return (
    parts
      .filter(([count]) => count > 0)
      .map(([count, word]) => `${count} ${word}`)
      .join(', ') || 'no changes'
  );
}

function short(count: number): string {
  return count < 10_000 ? `${count}` : `${Math.floor(count / 1000)}k`;
}
