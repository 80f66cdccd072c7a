/**
 * Controls, bidirectional overrides and separators by which a foreign text could command a terminal or lie to a reader:
 * all of Cc, Cf, Zl, Zp but line end, tab, and the two joiners that emoji and scripts need.
 */
const HOSTILE = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** Colours (ESC, `[`, numbers, `m`) are dropped without a trace. */
const COLOUR = /(?![\n\t])\p{Cc}\[[0-9;:]*m/gu;

/** A foreign text of several lines, safe for a terminal: colours dropped, every other control made visible. */
export function cleanBlock(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(COLOUR, '').replace(HOSTILE, visible);
}

/** A foreign text on one line, safe for a terminal; line ends and tabs become spaces; cut to `limit` characters. */
export function clean(text: string, limit = Number.POSITIVE_INFINITY): string {
  const line = cleanBlock(text).replace(/[\n\t]/g, ' ');
  if (line.length <= limit) return line;
  // By code points, so that no half of a surrogate pair is left.
  const chars = Array.from(line);
  return chars.length <= limit ? line : `${chars.slice(0, Math.max(0, limit - 1)).join('')}…`;
}

/** A value as JSON text, two spaces deep, in which every character that a terminal could obey is escaped: the same value. */
export function cleanJson(value: unknown): string {
  const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const escapeAll = (char: string) =>
    Array.from({ length: char.length }, (_, i) => escapeUnit(char.charAt(i))).join('');
  return JSON.stringify(value, null, 2).replace(HOSTILE, escapeAll);
}

function visible(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '␡';
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}
