import type { ChatPart } from './chat-blocks.ts';
import { cleanLine, cleanText, codePoints, cut } from './clean-text.ts';
import { type BlockKit, sizeOfText } from './fit-blocks.ts';
import { utcOf } from './utc-text.ts';

/** What a service makes of texts. */
export interface Markup {
  /** A cleaned foreign text on one line: nothing in it is markup, a mention or a link. */
  readonly escape: (text: string) => string;
  readonly strong: (escaped: string) => string;
  /** A date as each reader sees it; default: UTC. */
  readonly date?: (atMs: number) => string;
}

/** Longest piece of a line as it is sent. */
const PART = 500;
/** Longest line in a fence as it is sent. */
const FENCED = 400;
const WORD_JOINER = '\u2060';

/** Blocks as lines of text with markup. */
export function textKit(markup: Markup): BlockKit<string> {
  return {
    line: ({ parts }) => parts.map((part) => partText(part, markup)).join(''),
    fence: (lines) => `\`\`\`\n${lines.map(encodeFenced).join('\n')}\n\`\`\``,
    note: (text) => markup.escape(text),
    encode: encodeFenced,
    size: sizeOfText,
  };
}

function partText(part: ChatPart, markup: Markup): string {
  if (typeof part === 'string') {
    // A part keeps the spaces that hold it off its neighbours.
    const [, before = '', after = ''] = /^(\s*).*?(\s*)$/su.exec(part) ?? [];
    const text = cleanLine(part);
    if (text === '') return before === '' ? '' : ' ';
    return `${before === '' ? '' : ' '}${squeeze(text, markup.escape)}${after === '' ? '' : ' '}`;
  }
  if ('code' in part) return `\`${squeeze(cleanLine(part.code).replaceAll('`', 'ˋ'), disarm, PART) || ' '}\``;
  if ('strong' in part) return markup.strong(squeeze(cleanLine(part.strong), markup.escape) || ' ');
  return markup.date?.(part.date) ?? utcOf(part.date);
}

/** Nothing in the line can end the fence or call anybody. */
function encodeFenced(line: string): string {
  const text = cleanText(line).replaceAll('\n', ' ').replaceAll('`', 'ˋ');
  return squeeze(text, disarm, FENCED);
}

/** Keeps mentions from calling anybody, whatever parses the text: `@here`, `<!channel>`, `<@id>`, `<users/all>`. */
export function disarm(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}._-])@(?=\S)|<(?=[!@#&]|users\/)/giu, `$&${WORD_JOINER}`);
}

/** Keeps addresses in foreign texts from becoming links. */
export function unlink(text: string): string {
  return text.replace(/(?<=\b[a-z][a-z0-9+.-]*:)(?=\/\/)|(?<=\bwww)(?=\.)/giu, WORD_JOINER);
}

/** Markdown's own characters behind a backslash, mentions disarmed, addresses unlinked. */
export function escapeMarkdown(text: string): string {
  return disarm(unlink(text)).replace(/[\\`*_~|[\]()<>#]|^[-+](?=\s)|^\d+(?=\.\s)/gu, (found) => {
    return /^\d/u.test(found) ? `${found}\\` : `\\${found}`;
  });
}

/** For places without a backslash: a mark that nothing stands close to is no markup. What people see stays as it was. */
export function defuse(text: string): string {
  return disarm(unlink(text))
    .replaceAll('`', 'ˋ')
    .replaceAll('](', `]${WORD_JOINER}(`)
    .replace(/[*~<]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, `${WORD_JOINER}$&${WORD_JOINER}`);
}

/** Escaping makes longer: cuts the text before it until the result fits. */
export function squeeze(text: string, encode: (part: string) => string, max: number = PART): string {
  for (let room = max; ; room = Math.max(1, Math.floor(room * 0.8))) {
    const result = encode(cut(text, room));
    if (codePoints(result) <= max || room <= 1) return result;
  }
}
