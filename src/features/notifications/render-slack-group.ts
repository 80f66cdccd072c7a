import type { ChatPart } from './chat-blocks.ts';
import { cleanLine } from './clean-text.ts';
import { type Group, groupHeadline, stackNews } from './group-news.ts';
import { whoAndWhy } from './message-parts.ts';
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
export function renderSlackGroup(bodies: Group): SlackMessage {
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

function stackLine(body: NotificationBody): string {
  const link = slackLink(body.url !== null && body.url.length > 400 ? null : body.url, 'open');
  return `• ${slackCode(body.stack ?? '', 80)}${stackNews(body).map(slackPart).join('')} · ${link}`;
}

/** A piece of a line: spaces at its ends hold it off its neighbours. */
function slackPart(part: ChatPart): string {
  if (typeof part === 'string') {
    const text = slackLine(part, 150);
    return text === '' ? '' : `${/^\s/u.test(part) ? ' ' : ''}${text}${/\s$/u.test(part) ? ' ' : ''}`;
  }
  if ('code' in part) return slackCode(part.code, 100);
  return 'strong' in part ? `*${slackLine(part.strong, 100)}*` : slackDate(part.date);
}

function originBlock({ run }: NotificationBody): SlackBlock[] {
  if (!run) return [];
  const { who, why, commit } = whoAndWhy(run);
  const title = why === '' ? '' : ` ${slackLine(why, 400)}`;
  return [section(`${slackCode(commit, 20)}${title} · by ${slackLine(who, 200)}`)];
}

function takeRoom(lines: readonly string[]): string[] {
  let room = ROOM - 30;
  return lines.filter((line) => {
    room -= line.length + 1;
    return room >= 0;
  });
}
