import { EMPTY_SUMMARY, type PlanSummary } from '../../kernel/plan-outcome.ts';
import { applyHeadline } from './apply-message.ts';
import type { ChatBlock, ChatPart } from './chat-blocks.ts';
import { cleanLine } from './clean-text.ts';
import { driftHeadline } from './drift-message.ts';
import { shortCounts } from './headline.ts';
import { dangersOf, placeOf, whoAndWhy } from './message-parts.ts';
import type { NotificationBody } from './notification.ts';

/** Notifications with the same news of several stacks. */
export type Group = readonly [NotificationBody, ...NotificationBody[]];

/** `🟡 3 plans of infra: +5 ~1 -2, want approval`. Pure. */
export function groupHeadline(bodies: Group): string {
  const [first] = bodies;
  const { event, repository } = first;
  const where = cleanLine(repository ?? 'one push').slice(0, 25);
  const what = `${bodies.length} plans of ${where}`;
  if (event === 'plan.ready') return `🟡 ${what}: ${shortCounts(sumOf(bodies))}, want approval`;
  if (event === 'plan.failed') return `🔴 ${what} failed`;
  if (event === 'plan.recovered') return `🟢 ${what} recovered: ${shortCounts(sumOf(bodies))}`;
  const news = applyHeadline(first) ?? driftHeadline(first);
  if (news !== null) return `${news.sign} ${bodies.length} stacks of ${where}: ${news.verb}`;
  return `⚪ ${event}: ${what}`;
}

/** What is new of one stack, behind its name: counts, what is destroyed, the line to type. Pure. */
export function stackNews(body: NotificationBody): ChatPart[] {
  const { event, run } = body;
  if (event === 'plan.failed' && run?.error) {
    const place = placeOf(run);
    return [` ${run.error.summary}`, ...(place === '' ? [] : [' at ', { code: place }])];
  }
  const news = applyHeadline(body) ?? driftHeadline(body);
  if (news !== null) return news.news === '' ? [] : [` ${news.news}`];
  if (event !== 'plan.ready' || !run?.summary) return [];
  const dangers = dangersOf(body).flatMap(({ verb, addresses, more }, at): ChatPart[] => {
    const [name] = addresses;
    const rest = more + Math.max(0, addresses.length - 1);
    const comma = at === 0 ? '' : ',';
    if (name === undefined) return [`${comma} ⚠ ${verb} ${more}`];
    return [`${comma} ⚠ ${verb} `, { code: name }, rest > 0 ? ` and ${rest} more` : ''];
  });
  const approve: ChatPart[] = body.approval ? [' · ', { code: `holdfast approve ${run.id}` }] : [];
  return [` ${shortCounts(run.summary)}`, ...dangers, ...approve];
}

/** The lines of a group: one per stack, then whose push it was. Those that do not fit are counted by who renders them. Pure. */
export function groupBlocks(bodies: Group): ChatBlock[] {
  const [{ run }] = bodies;
  const lines = bodies.map((body): ChatBlock => {
    return { kind: 'line', weight: 1, parts: ['• ', { code: body.stack ?? '' }, ...stackNews(body)] };
  });
  if (!run) return lines;
  const { who, why, commit } = whoAndWhy(run);
  const parts: ChatPart[] = [{ code: commit }, ...(why === '' ? [] : [` ${why}`]), ` · by ${who}`];
  return [...lines, { kind: 'line', weight: 0, parts }];
}

function sumOf(bodies: Group): PlanSummary {
  const keys = Object.keys(EMPTY_SUMMARY) as (keyof PlanSummary)[];
  const total = { ...EMPTY_SUMMARY } as Record<keyof PlanSummary, number>;
  for (const { run } of bodies) for (const key of keys) total[key] += run?.summary?.[key] ?? 0;
  return total;
}
