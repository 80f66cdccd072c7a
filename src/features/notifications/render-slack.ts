import { applySentences, importLines } from './apply-message.ts';
import { approvalWish } from './approval-message.ts';
import { driftLines, driftSentences } from './drift-message.ts';
import { headline } from './headline.ts';
import { courseOf, dangersOf, placeOf, remarksOf, whoAndWhy } from './message-parts.ts';
import type { NotificationBody } from './notification.ts';
import { planLines } from './plan-lines.ts';
import { renderText } from './render-text.ts';
import {
  context,
  FENCED_LINE,
  fallback,
  fencedLine,
  fencedSections,
  packLines,
  plain,
  SLACK,
  type SlackBlock,
  section,
  slackCode,
  slackDate,
  slackLine,
  slackLink,
  slackUntil,
} from './slack-text.ts';

/** A message for a Slack incoming webhook. */
export interface SlackMessage {
  /** What a phone and a screen reader show. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
}

/** Sections a plan may fill; with everything else the message stays below Slack's total. */
const PLAN_SECTIONS = 3;
/** What surely fits in them, since a section can lose at most one line's room at its end. */
const PLAN_ROOM = PLAN_SECTIONS * (SLACK.section - 8 - FENCED_LINE - 1);

/** One notification as a Slack message within all of Slack's limits, whatever the run holds. Pure. */
export function renderSlack(body: NotificationBody): SlackMessage {
  return {
    text: fallback(renderText(body, { withPlan: false })),
    blocks: [
      { type: 'header', text: plain(headline(body), SLACK.header) },
      ...dangerBlock(body),
      ...failureBlocks(body),
      ...applyBlocks(body),
      ...driftBlocks(body),
      ...approvalBlock(body),
      section(originText(body)),
      ...planBlocks(body),
      context(footText(body)),
    ],
  };
}

function dangerBlock(body: NotificationBody): SlackBlock[] {
  const lines = dangersOf(body).map(({ verb, addresses, more }) => {
    const names = addresses.map((address) => slackCode(address, 150));
    return `⚠ *${verb}* ${[...names, ...(more > 0 ? [`${more} more`] : [])].join(', ')}`;
  });
  return lines.length === 0 ? [] : [section(lines.join('\n'))];
}

function failureBlocks({ event, run }: NotificationBody): SlackBlock[] {
  if ((event !== 'plan.failed' && event !== 'apply.failed') || !run?.error) return [];
  const { address } = run.error;
  const place = placeOf(run);
  const about = address == null || address === '' ? '' : ` with ${slackCode(address, 300)}`;
  const head = `*${slackLine(run.error.summary, 600)}*${about}${place === '' ? '' : ` at ${slackCode(place, 300)}`}`;
  if (run.error.detail === '') return [section(head)];
  return [
    section(head),
    ...fencedSections(
      run.error.detail.split('\n').map((line) => fencedLine(line)),
      1,
    ),
  ];
}

/** How an apply ended, what is safe to do next, and the import blocks that are ready. */
function applyBlocks(body: NotificationBody): SlackBlock[] {
  const sentences = applySentences(body).map((sentence) => slackLine(sentence, 700));
  const imports = fencedSections(
    importLines(body).map((line) => fencedLine(line)),
    1,
  );
  return sentences.length === 0 ? imports : [section(sentences.join('\n')), ...imports];
}

/** What drifted with its values, then what to do about it. */
function driftBlocks(body: NotificationBody): SlackBlock[] {
  const resources = fencedSections(
    driftLines(body).map((line) => fencedLine(line)),
    PLAN_SECTIONS,
  );
  const lines = driftSentences(body).map((sentence) => slackLine(sentence, 700));
  const sentences = packLines(lines, SLACK.section).map((part) => section(part.join('\n')));
  return [...resources, ...sentences.slice(0, PLAN_SECTIONS)];
}

function approvalBlock(body: NotificationBody): SlackBlock[] {
  const wish = approvalWish(body);
  if (wish === null) return [];
  const until = `until ${slackUntil(wish.expiresAt)}, or until its files or its state change`;
  return [section(`*Approve* ${slackCode(wish.command, 250)}\n${slackLine(wish.who, 600)} · ${until}`)];
}

function originText(body: NotificationBody): string {
  const { run } = body;
  const lines = remarksOf(body).map((remark) => slackLine(remark, 600));
  if (run) {
    const { who, why, commit } = whoAndWhy(run);
    const title = why === '' ? '' : ` ${slackLine(why, 400)}`;
    lines.push(`${slackCode(commit, 20)}${title} · by ${slackLine(who, 200)}`);
  }
  lines.push(`*${slackLink(body.url, 'Open the run')}*`);
  return lines.join('\n');
}

function planBlocks({ plan }: NotificationBody): SlackBlock[] {
  if (!plan) return [];
  const { lines, note } = planLines(plan, { codePoints: PLAN_ROOM, bytes: 4 * PLAN_ROOM, encode: fencedLine });
  const blocks = fencedSections(
    lines.map((line) => fencedLine(line)),
    PLAN_SECTIONS,
  );
  return note === null ? blocks : [...blocks, context(note)];
}

function footText({ run, at, repository }: NotificationBody): string {
  const parts = [
    ...(repository === null ? [] : [slackLine(repository, 100)]),
    ...(run ? courseOf(run) : []),
    slackDate(at),
  ];
  return parts.join(' · ');
}
