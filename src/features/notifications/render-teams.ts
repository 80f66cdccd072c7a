import { blocksOf, type ChatBlock, type ChatPart, footOf } from './chat-blocks.ts';
import { cleanLine, cleanText, cut } from './clean-text.ts';
import { type BlockKit, fitBlocks } from './fit-blocks.ts';
import { type Group, groupBlocks, groupHeadline } from './group-news.ts';
import { headline } from './headline.ts';
import { linkOf } from './message-link.ts';
import type { NotificationBody } from './notification.ts';
import { toneOf } from './tone.ts';
import { utcOf } from './utc-text.ts';

interface TextRun {
  readonly type: 'TextRun';
  /** Taken as it is: no Markdown, no mention. */
  readonly text: string;
  readonly weight?: 'Bolder';
  readonly size?: 'Large' | 'Small';
  readonly color?: 'Good' | 'Attention' | 'Warning' | 'Accent';
  readonly fontType?: 'Monospace';
  readonly isSubtle?: true;
}
interface RichTextBlock {
  readonly type: 'RichTextBlock';
  readonly spacing?: 'None' | 'Small';
  readonly inlines: readonly TextRun[];
}
type CardElement =
  | RichTextBlock
  | { readonly type: 'Container'; readonly style: 'emphasis'; readonly items: readonly RichTextBlock[] };

/** A message for a Workflows webhook of Teams: an Adaptive Card. */
export interface TeamsMessage {
  readonly type: 'message';
  readonly summary: string;
  readonly attachments: readonly [
    {
      readonly contentType: 'application/vnd.microsoft.card.adaptive';
      readonly contentUrl: null;
      readonly content: {
        readonly $schema: 'http://adaptivecards.io/schemas/adaptive-card.json';
        readonly type: 'AdaptiveCard';
        readonly version: '1.5';
        readonly msteams: { readonly width: 'Full' };
        readonly body: readonly CardElement[];
        readonly actions?: readonly [{ readonly type: 'Action.OpenUrl'; readonly title: string; readonly url: string }];
      };
    },
  ];
}

/** Teams takes 28 KB, some of its clients 21 KB; the frame, headline, foot and link have the rest. */
const CARD = { codePoints: 17_000, bytes: 17_000 };
const LINE = 300;
const PART = 500;
const COLOURS = { good: 'Good', bad: 'Attention', caution: 'Warning', note: 'Accent' } as const;

const kit: BlockKit<CardElement> = {
  line: ({ parts }) => ({ type: 'RichTextBlock', spacing: 'Small', inlines: parts.map(runOf) }),
  fence: (lines) => ({ type: 'Container', style: 'emphasis', items: lines.map(fenced) }),
  note: (text) => ({
    type: 'RichTextBlock',
    spacing: 'Small',
    inlines: [run(text, { isSubtle: true, size: 'Small' })],
  }),
  encode: (line) => `${JSON.stringify(fenced(line))},`,
  size: (item) => {
    const text = JSON.stringify(item);
    return { codePoints: text.length + 1, bytes: Buffer.byteLength(text) + 1 };
  },
};

/** One notification, or several stacks' with the same news, within all of Teams' limits. Pure. */
export function renderTeams(bodies: Group): TeamsMessage {
  const [first, ...others] = bodies;
  if (others.length === 0) return message(first, headline(first), blocksOf(first));
  return message(first, groupHeadline(bodies), groupBlocks(bodies));
}

function message(body: NotificationBody, title: string, blocks: readonly ChatBlock[]): TeamsMessage {
  const url = linkOf(body.url);
  const shown = cut(cleanLine(title), LINE);
  const foot = cut([...footOf(body).map((part) => cleanLine(part)), utcOf(body.at)].join(' · '), LINE);
  const head = run(shown, { weight: 'Bolder', size: 'Large', color: COLOURS[toneOf(body)] });
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.5',
    msteams: { width: 'Full' },
    body: [
      { type: 'RichTextBlock', inlines: [head] },
      ...fitBlocks(blocks, kit, CARD),
      { type: 'RichTextBlock', spacing: 'Small', inlines: [run(foot, { isSubtle: true, size: 'Small' })] },
    ],
    ...(url === null ? {} : { actions: [{ type: 'Action.OpenUrl', title: 'Open the run', url }] as const }),
  } as const;
  const contentType = 'application/vnd.microsoft.card.adaptive';
  return { type: 'message', summary: shown, attachments: [{ contentType, contentUrl: null, content }] };
}

function runOf(part: ChatPart): TextRun {
  if (typeof part === 'string') return run(cut(cleanText(part).replace(/\s+/gu, ' '), PART));
  if ('code' in part) return run(cut(cleanLine(part.code), PART) || ' ', { fontType: 'Monospace' });
  if ('strong' in part) return run(cut(cleanLine(part.strong), PART) || ' ', { weight: 'Bolder' });
  return run(utcOf(part.date));
}

function run(text: string, style: Omit<TextRun, 'type' | 'text'> = {}): TextRun {
  return { type: 'TextRun', text, ...style };
}

function fenced(line: string): RichTextBlock {
  // Leading spaces are an indent that clients would drop.
  const text = cut(cleanText(line).replaceAll('\n', ' '), 400).replace(/^ +/u, (spaces) =>
    '\u00a0'.repeat(spaces.length),
  );
  return { type: 'RichTextBlock', spacing: 'None', inlines: [run(text || ' ', { fontType: 'Monospace' })] };
}
