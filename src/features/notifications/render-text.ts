import { applySentences, importLines } from './apply-message.ts';
import { approvalWish } from './approval-message.ts';
import { cleanLine, codePoints, cut } from './clean-text.ts';
import { driftLines, driftSentences } from './drift-message.ts';
import { headline } from './headline.ts';
import { courseOf, dangersOf, placeOf, remarksOf, whoAndWhy } from './message-parts.ts';
import type { NotificationBody } from './notification.ts';
import { planLines } from './plan-lines.ts';
import { utcOf } from './utc-text.ts';

const MAX_POINTS = 4_000;

/** The message as plain text of at most 4,000 characters: headline, danger, the plan's lines, who, why and when. Pure. */
export function renderText(body: NotificationBody, { withPlan } = { withPlan: true }): string {
  const head = [
    headline(body),
    ...dangersOf(body).map(dangerLine),
    ...failureLines(body),
    ...remarksOf(body),
    ...applySentences(body).map((sentence) => cut(cleanLine(sentence), 700)),
    ...driftSentences(body).map((sentence) => cut(sentence, 700)),
    ...(withPlan ? importLines(body) : []),
    ...(withPlan ? driftLines(body) : []),
  ];
  const tail = [...approvalLines(body), originLine(body), ...(body.url === null ? [] : [body.url])].filter(
    (line) => line !== '',
  );
  const room = MAX_POINTS - codePoints([...head, ...tail].join('\n')) - 100;
  return cut([...head, ...(withPlan ? planPart(body, room) : []), ...tail].join('\n'), MAX_POINTS);
}

function planPart({ plan }: NotificationBody, room: number): string[] {
  if (!plan) return [];
  const { lines, note } = planLines(plan, { codePoints: room, bytes: 4 * room });
  return note === null ? [...lines] : [...lines, note];
}

function failureLines({ event, run }: NotificationBody): string[] {
  if ((event !== 'plan.failed' && event !== 'apply.failed') || !run?.error) return [];
  // The headline of a failed apply may say how far it came instead.
  const summary = event === 'apply.failed' ? run.error.summary : '';
  const about = [summary, run.error.address ?? '', placeOf(run)].filter((part) => part !== '').join(' · ');
  return [about, cut(run.error.detail, 1_500)].filter((line) => line !== '');
}

function approvalLines(body: NotificationBody): string[] {
  const wish = approvalWish(body);
  if (wish === null) return [];
  return [
    `Approve: ${wish.command} · ${wish.who} · until ${utcOf(wish.expiresAt)}, or until its files or its state change`,
  ];
}

function dangerLine({ verb, addresses, more }: ReturnType<typeof dangersOf>[number]): string {
  const names = [...addresses, ...(more > 0 ? [`${more} more`] : [])];
  return `⚠ ${verb} ${names.join(', ')}`;
}

function originLine({ run, at }: NotificationBody): string {
  if (!run) return utcOf(at);
  const { who, why, commit } = whoAndWhy(run);
  return [`${commit}${why === '' ? '' : ` "${why}"`} by ${who}`, ...courseOf(run), utcOf(at)].join(' · ');
}
