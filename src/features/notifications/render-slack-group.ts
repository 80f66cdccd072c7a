import { EMPTY_SUMMARY, type PlanSummary } from '../../kernel/plan-outcome.ts';
import { applyHeadline } from './apply-message.ts';
import { cleanLine } from './clean-text.ts';
import { shortCounts } from './headline.ts';
import { dangersOf, placeOf, whoAndWhy } from './message-parts.ts';
import type { NotificationBody } from './notification.ts';
import type { SlackMessage } from './render-slack.ts';
import {
  context,
  fallback,
  packLines,
  plain,
  SLACK,
  type SlackBlock,
  section,
  slackCode,
  slackDate,
  slackLine,
  slackLink,
} from './slack-text.ts';

const SECTIONS = 3;
/** Longest line of a stack as it is sent. */
const LINE = 900;
const ROOM = SECTIONS * (SLACK.section - LINE - 1);

/** Several stacks of one push with the same news as one Slack message: a headline, and a line per stack. Pure. */
export function renderSlackGroup(bodies: readonly [NotificationBody, ...NotificationBody[]]): SlackMessage {
  const [first] = bodies;
  const title = groupHeadline(bodies);
  const lines = takeRoom(bodies.map(stackLine));
  const more = bodies.length - lines.length;
  if (more > 0) lines.push(`… and ${more} more`);
  const names = bodies.map(({ stack }) => cleanLine(stack ?? '')).join(', ');
  return {
    text: fallback(`${title}: ${names}`),
    blocks: [
      { type: 'header', text: plain(title, SLACK.header) },
      ...packLines(lines, SLACK.section).map((part) => section(part.join('\n'))),
      ...originBlock(first),
      context([slackLine(first.repository ?? '', 100), slackDate(first.at)].join(' · ')),
    ],
  };
}

/** `🟡 3 plans of infra: +5 ~1 -2, want approval`. Pure. */
function groupHeadline(bodies: readonly [NotificationBody, ...NotificationBody[]]): string {
  const [first] = bodies;
  const { event, repository } = first;
  const what = `${bodies.length} plans of ${cleanLine(repository ?? 'one push').slice(0, 25)}`;
  if (event === 'plan.ready') return `🟡 ${what}: ${shortCounts(sumOf(bodies))}, want approval`;
  if (event === 'plan.failed') return `🔴 ${what} failed`;
  if (event === 'plan.recovered') return `🟢 ${what} recovered: no changes`;
  const apply = applyHeadline(first);
  if (apply !== null)
    return `${apply.sign} ${bodies.length} stacks of ${cleanLine(repository ?? 'one push').slice(0, 25)}: ${apply.verb}`;
  return `⚪ ${event}: ${what}`;
}

function stackLine(body: NotificationBody): string {
  const link = slackLink(body.url !== null && body.url.length > 400 ? null : body.url, 'open');
  return `• ${slackCode(body.stack ?? '', 80)}${stackNews(body)} · ${link}`;
}

function stackNews(body: NotificationBody): string {
  const { event, run } = body;
  if (event === 'plan.failed' && run?.error) {
    const place = placeOf(run);
    return ` ${slackLine(run.error.summary, 150)}${place === '' ? '' : ` at ${slackCode(place, 100)}`}`;
  }
  const apply = applyHeadline(body);
  if (apply !== null) return apply.news === '' ? '' : ` ${slackLine(apply.news, 150)}`;
  if (event !== 'plan.ready' || !run?.summary) return '';
  const dangers = dangersOf(body).map(({ verb, addresses, more }) => {
    const [name] = addresses;
    const rest = more + Math.max(0, addresses.length - 1);
    const others = rest > 0 ? ` and ${rest} more` : '';
    return ` ⚠ ${verb} ${name === undefined ? `${more}` : `${slackCode(name, 60)}${others}`}`;
  });
  const approve = body.approval ? ` · ${slackCode(`holdfast approve ${run.id}`, 80)}` : '';
  return ` ${shortCounts(run.summary)}${dangers.join(',')}${approve}`;
}

function originBlock({ run }: NotificationBody): SlackBlock[] {
  if (!run) return [];
  const { who, why, commit } = whoAndWhy(run);
  const title = why === '' ? '' : ` ${slackLine(why, 400)}`;
  return [section(`${slackCode(commit, 20)}${title} · by ${slackLine(who, 200)}`)];
}

function sumOf(bodies: readonly NotificationBody[]): PlanSummary {
  const keys = Object.keys(EMPTY_SUMMARY) as (keyof PlanSummary)[];
  const total = { ...EMPTY_SUMMARY } as Record<keyof PlanSummary, number>;
  for (const { run } of bodies) for (const key of keys) total[key] += run?.summary?.[key] ?? 0;
  return total;
}

function takeRoom(lines: readonly string[]): string[] {
  let room = ROOM - 30;
  return lines.filter((line) => {
    room -= line.length + 1;
    return room >= 0;
  });
}
