import { toRfc3339 } from '../../kernel/clock.ts';
import { blocksOf, type ChatBlock, footOf } from './chat-blocks.ts';
import { defuse, disarm, escapeMarkdown, squeeze, textKit } from './chat-markup.ts';
import { cleanLine } from './clean-text.ts';
import { fitBlocks } from './fit-blocks.ts';
import { type Group, groupBlocks, groupHeadline } from './group-news.ts';
import { headline } from './headline.ts';
import { linkOf } from './message-link.ts';
import type { NotificationBody } from './notification.ts';
import { TONES, toneOf } from './tone.ts';

/** A message for a Discord webhook: one embed. */
export interface DiscordMessage {
  /** Nobody is called, whatever stands in the text. */
  readonly allowed_mentions: { readonly parse: readonly [] };
  readonly embeds: readonly [
    {
      readonly title: string;
      readonly url?: string;
      readonly color: number;
      readonly description: string;
      readonly footer?: { readonly text: string };
      readonly timestamp: string;
    },
  ];
}

/** Discord takes 256 for a title, 4,096 for a description, 2,048 for a foot, and 6,000 over all. */
const TITLE = 250;
const DESCRIPTION = { codePoints: 4_000, bytes: 16_000 };
const FOOT = 300;

const kit = textKit({
  escape: escapeMarkdown,
  strong: (text) => `**${text}**`,
  date: (at) => `<t:${Math.floor(at / 1000)}:f>`,
});

/** One notification, or several stacks' with the same news, within all of Discord's limits. Pure. */
export function renderDiscord(bodies: Group): DiscordMessage {
  const [first, ...others] = bodies;
  if (others.length === 0) return message(first, headline(first), blocksOf(first));
  return message(first, groupHeadline(bodies), groupBlocks(bodies));
}

function message(body: NotificationBody, title: string, blocks: readonly ChatBlock[]): DiscordMessage {
  const url = linkOf(body.url);
  const foot = footOf(body).map((part) => cleanLine(part));
  const color = Number.parseInt(TONES[toneOf(body)].slice(1), 16);
  return {
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: squeeze(cleanLine(title), defuse, TITLE),
        ...(url === null ? {} : { url }),
        color,
        description: fitBlocks(blocks, kit, DESCRIPTION).join('\n') || ' ',
        ...(foot.length === 0 ? {} : { footer: { text: squeeze(foot.join(' · '), disarm, FOOT) } }),
        timestamp: toRfc3339(body.at),
      },
    ],
  };
}
