import { blocksOf, type ChatBlock, footOf } from './chat-blocks.ts';
import { defuse, disarm, escapeMarkdown, squeeze, textKit } from './chat-markup.ts';
import { cleanLine } from './clean-text.ts';
import { fitBlocks } from './fit-blocks.ts';
import { type Group, groupBlocks, groupHeadline } from './group-news.ts';
import { headline } from './headline.ts';
import { linkOf } from './message-link.ts';
import type { NotificationBody } from './notification.ts';
import { TONES, toneOf } from './tone.ts';
import { utcOf } from './utc-text.ts';

/** A message for an incoming webhook of Mattermost: one attachment. */
export interface MattermostMessage {
  readonly attachments: readonly [
    {
      /** What a phone shows. */
      readonly fallback: string;
      readonly color: string;
      readonly title: string;
      readonly title_link?: string;
      readonly text: string;
      readonly footer: string;
    },
  ];
}

/** All attachments of a post together: 7,900 in older servers. */
const TEXT = { codePoints: 6_500, bytes: 16_000 };
const LINE = 300;

const kit = textKit({ escape: escapeMattermost, strong: (text) => `**${text}**` });

/** One notification, or several stacks' with the same news, within all of Mattermost's limits. Pure. */
export function renderMattermost(bodies: Group): MattermostMessage {
  const [first, ...others] = bodies;
  if (others.length === 0) return message(first, headline(first), blocksOf(first));
  return message(first, groupHeadline(bodies), groupBlocks(bodies));
}

function message(body: NotificationBody, title: string, blocks: readonly ChatBlock[]): MattermostMessage {
  const url = linkOf(body.url);
  const foot = [...footOf(body).map((part) => cleanLine(part)), utcOf(body.at)].join(' · ');
  return {
    attachments: [
      {
        fallback: squeeze(cleanLine(title), defuse, LINE),
        color: TONES[toneOf(body)],
        title: squeeze(cleanLine(title), defuse, LINE),
        ...(url === null ? {} : { title_link: url }),
        text: fitBlocks(blocks, kit, TEXT).join('\n\n'),
        footer: squeeze(foot, disarm, LINE),
      },
    ],
  };
}

/** Besides Markdown: `~channel` and `:emoji:`. */
function escapeMattermost(text: string): string {
  return escapeMarkdown(text).replace(/:(?=[a-z0-9_+-]+:)/giu, ':\u2060');
}
