import { blocksOf, type ChatBlock, footOf } from './chat-blocks.ts';
import { defuse, squeeze, textKit } from './chat-markup.ts';
import { cleanLine } from './clean-text.ts';
import { fitBlocks } from './fit-blocks.ts';
import { type Group, groupBlocks, groupHeadline } from './group-news.ts';
import { headline } from './headline.ts';
import { linkOf } from './message-link.ts';
import type { NotificationBody } from './notification.ts';
import { utcOf } from './utc-text.ts';

/** A message for a webhook of Google Chat. */
export interface GoogleChatMessage {
  readonly text: string;
}

/** Google Chat takes 32,000 bytes. */
const TEXT = { codePoints: 24_000, bytes: 26_000 };
const LINE = 300;

const kit = textKit({ escape: defuse, strong: (text) => `*${text}*` });

/** One notification, or several stacks' with the same news, within all of Google Chat's limits. Pure. */
export function renderGoogleChat(bodies: Group): GoogleChatMessage {
  const [first, ...others] = bodies;
  if (others.length === 0) return message(first, headline(first), blocksOf(first));
  return message(first, groupHeadline(bodies), groupBlocks(bodies));
}

function message(body: NotificationBody, title: string, blocks: readonly ChatBlock[]): GoogleChatMessage {
  const url = linkOf(body.url);
  const foot = [...footOf(body).map((part) => cleanLine(part)), utcOf(body.at)].join(' · ');
  return {
    text: [
      `*${squeeze(cleanLine(title), defuse, LINE)}*`,
      ...fitBlocks(blocks, kit, TEXT),
      ...(url === null ? [] : [`<${url.replaceAll('|', '%7C')}|Open the run>`]),
      `_${squeeze(foot, defuse, LINE)}_`,
    ].join('\n'),
  };
}
