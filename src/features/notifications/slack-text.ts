import { cleanLine, cleanText, codePoints, cut } from './clean-text.ts';
import { utcOf } from './utc-text.ts';

/** Slack's limits (ecosystem: budgets), in code points of the text as it is sent. */
export const SLACK = {
  header: 150,
  section: 2_900,
  blocks: 50,
  total: 12_000,
  text: 3_000,
  url: 1_000,
} as const;

export interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: false;
}
interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
  /** Slack turns no name, channel or address in it into anything. */
  readonly verbatim: true;
}
export type SlackBlock =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: Mrkdwn }
  | { readonly type: 'context'; readonly elements: readonly Mrkdwn[] };

/** Longest line in a fence, as it is sent. */
export const FENCED_LINE = 600;
const WORD_JOINER = '\u2060';

/** A foreign line for mrkdwn: `&<>` escaped, no mention, no fence. Never longer than `max` as it is sent. */
export function slackLine(text: string, max: number): string {
  return squeeze(cleanLine(text), max, (part) => disarm(escapeSlack(part.replaceAll('`', 'ˋ'))));
}

/** A foreign text as inline code. */
export function slackCode(text: string, max: number): string {
  return `\`${squeeze(cleanLine(text), max - 2, (part) => disarm(escapeSlack(part.replaceAll('`', 'ˋ')))) || ' '}\``;
}

/** A line as it stands in a fence: nothing in it can end the fence. At most `max` code points as it is sent. */
export function fencedLine(line: string, max: number = FENCED_LINE): string {
  const text = cleanText(line).replaceAll('\n', ' ').replaceAll('`', 'ˋ');
  return squeeze(text, max, (part) => disarm(escapeSlack(part)));
}

/** Packs encoded lines (each ≤ 600) into fenced sections. */
export function fencedSections(lines: readonly string[], maxSections: number): SlackBlock[] {
  return packLines(lines, SLACK.section - 8)
    .slice(0, maxSections)
    .map((part) => section(`\`\`\`\n${part.join('\n')}\n\`\`\``));
}

/** Lines in as few parts of at most `max` code points as their order allows. */
export function packLines(lines: readonly string[], max: number): string[][] {
  const parts: string[][] = [];
  let room = 0;
  for (const line of lines) {
    const size = codePoints(line) + 1;
    if (size > room) {
      parts.push([]);
      room = max;
    }
    parts.at(-1)?.push(line);
    room -= size;
  }
  return parts;
}

/** The one link: `<url|label>`; the label alone where the address is none or too long. */
export function slackLink(url: string | null, label: string): string {
  const target = url === null || !URL.canParse(url) ? null : new URL(url);
  if (target === null || !/^https?:$/.test(target.protocol)) return label;
  const safe = escapeSlack(target.href.replaceAll('|', '%7C'));
  return codePoints(safe) > SLACK.url ? label : `<${safe}|${label}>`;
}

/** `<!date…>`: local time of each reader, with UTC for those who cannot. */
export function slackDate(atMs: number): string {
  return `<!date^${Math.floor(atMs / 1000)}^{date_short_pretty} {time} ({ago})|${utcOf(atMs)}>`;
}

/** A time to come, in each reader's own zone. */
export function slackUntil(atMs: number): string {
  return `<!date^${Math.floor(atMs / 1000)}^{date_short_pretty} {time}|${utcOf(atMs)}>`;
}

export function plain(text: string, max: number): PlainText {
  return { type: 'plain_text', text: squeeze(cleanLine(text), max, disarm) || ' ', emoji: false };
}

export function section(text: string): SlackBlock {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}

export function context(text: string): SlackBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text, verbatim: true }] };
}

/** The top-level text: what notifications and screen readers get; parsed as mrkdwn. */
export function fallback(text: string): string {
  return squeeze(cleanText(text).replaceAll('`', 'ˋ'), SLACK.text, (part) => disarm(escapeSlack(part)));
}

function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Keeps `@here`, `<!channel>` and their kin from calling anybody, whatever parses the text. */
function disarm(text: string): string {
  return text.replace(/@(?=here\b|channel\b|everyone\b|group\b)|<(?=[!@#])/giu, `$&${WORD_JOINER}`);
}

/** Escaping makes longer: cuts the text before it until the result fits. */
function squeeze(text: string, max: number, encode: (part: string) => string): string {
  let room = max;
  for (;;) {
    const result = encode(cut(text, room));
    const over = codePoints(result) - max;
    if (over <= 0 || room <= 1) return result;
    room = Math.max(1, room - Math.max(1, Math.ceil(over / 5)));
  }
}
