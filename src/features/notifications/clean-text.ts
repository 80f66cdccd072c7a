/** ANSI: CSI and OSC sequences, and what is left of an escape. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.?)/gsu;
/** Line ends of every kind, Unicode's included. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const LINE_END = /\r\n?|[\n\u000b\u000c\u0085\u2028\u2029]/gu;
/** C0 and C1 (but for line ends), what turns text round, what cannot be seen, tags, object placeholders. */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0000-\u0009\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc]|[\u{e0000}-\u{e0fff}]/gu;

/** A foreign text of possibly many lines without anything that moves, turns or hides what people see. Pure. */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(ANSI, '').replace(LINE_END, '\n').replace(/\t/gu, ' ').replace(UNSEEN, '');
}

/** The same on one line, trimmed. */
export function cleanLine(text: string): string {
  return cleanText(text).replace(/\s+/gu, ' ').trim();
}

/** At most `max` code points, the last of them `…` where something was cut. Never cuts a character in half. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const points = [...text];
  return points.length <= max ? text : `${points.slice(0, Math.max(0, max - 1)).join('')}…`;
}

/** At most `max` code points, cut in the middle: of a path the end says more than the middle. */
export function cutMiddle(text: string, max: number): string {
  const points = [...text];
  if (points.length <= max) return text;
  const tail = Math.ceil((max - 1) * 0.6);
  return `${points.slice(0, max - 1 - tail).join('')}…${points.slice(points.length - tail).join('')}`;
}

/** Length in code points: how chat services count. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
