import { applySentences, importLines } from './apply-message.ts';
import { approvalWish } from './approval-message.ts';
import { driftLines, driftSentences } from './drift-message.ts';
import { courseOf, dangersOf, placeOf, remarksOf, whoAndWhy } from './message-parts.ts';
import type { NotificationBody, PlanExcerpt } from './notification.ts';

/** A piece of a line. Texts are foreign until a renderer has cleaned and escaped them; a date is ms. */
export type ChatPart = string | { readonly code: string } | { readonly strong: string } | { readonly date: number };

/** A part of a message that no chat service has shaped yet. What has the least weight is kept first where room is short. */
export type ChatBlock =
  | { readonly kind: 'line'; readonly weight: number; readonly parts: readonly ChatPart[] }
  | { readonly kind: 'fence'; readonly weight: number; readonly lines: readonly string[] }
  | { readonly kind: 'plan'; readonly weight: number; readonly plan: PlanExcerpt };

const FIRST = 0;
const SECOND = 1;
const DETAIL = 2;
const LAST = 3;

/** Everything under the headline of one notification, in reading order. Pure. */
export function blocksOf(body: NotificationBody): ChatBlock[] {
  return [
    ...dangerBlocks(body),
    ...failureBlocks(body),
    ...applySentences(body).map((sentence) => line(FIRST, sentence)),
    ...fence(DETAIL, importLines(body)),
    ...fence(DETAIL, driftLines(body)),
    ...driftSentences(body).map((sentence) => line(SECOND, sentence)),
    ...approvalBlocks(body),
    ...remarksOf(body).map((remark) => line(SECOND, remark)),
    ...originBlocks(body),
    ...(body.plan ? [{ kind: 'plan', weight: LAST, plan: body.plan } as const] : []),
  ];
}

/** Where and when, in words: the foot of a message. Pure. */
export function footOf({ repository, run }: NotificationBody): string[] {
  return [...(repository === null ? [] : [repository]), ...(run ? courseOf(run) : [])];
}

function line(weight: number, ...parts: ChatPart[]): ChatBlock {
  return { kind: 'line', weight, parts };
}

function fence(weight: number, lines: readonly string[]): ChatBlock[] {
  return lines.length === 0 ? [] : [{ kind: 'fence', weight, lines }];
}

function dangerBlocks(body: NotificationBody): ChatBlock[] {
  return dangersOf(body).map(({ verb, addresses, more }) => {
    const names = addresses.flatMap((address, at): ChatPart[] => [...(at === 0 ? [] : [', ']), { code: address }]);
    const rest = more > 0 ? [`${addresses.length > 0 ? ', ' : ''}${more} more`] : [];
    return line(FIRST, '⚠ ', { strong: verb }, ' ', ...names, ...rest);
  });
}

function failureBlocks({ event, run }: NotificationBody): ChatBlock[] {
  if ((event !== 'plan.failed' && event !== 'apply.failed') || !run?.error) return [];
  const { address, summary, detail } = run.error;
  const place = placeOf(run);
  const about: ChatPart[] = address == null || address === '' ? [] : [' with ', { code: address }];
  const where: ChatPart[] = place === '' ? [] : [' at ', { code: place }];
  const lines = detail === '' ? [] : detail.split('\n').slice(0, 200);
  return [line(FIRST, { strong: summary }, ...about, ...where), ...fence(DETAIL, lines)];
}

function approvalBlocks(body: NotificationBody): ChatBlock[] {
  const wish = approvalWish(body);
  if (wish === null) return [];
  const until = [' · until ', { date: wish.expiresAt }, ', or until its files or its state change'];
  return [line(FIRST, { strong: 'Approve' }, ' ', { code: wish.command }), line(FIRST, wish.who, ...until)];
}

function originBlocks({ run }: NotificationBody): ChatBlock[] {
  if (!run) return [];
  const { who, why, commit } = whoAndWhy(run);
  return [line(SECOND, { code: commit }, ...(why === '' ? [] : [` ${why}`]), ` · by ${who}`)];
}
