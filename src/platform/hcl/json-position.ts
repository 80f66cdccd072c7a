import type { Position } from './parsed-file.ts';

const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings may not hold them
  /\s*(?:("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null)|([{}[\],:]))/y;

type Expect = 'value' | 'value_or_end' | 'key' | 'key_or_end' | 'colon' | 'comma';

/** Where a text stops being JSON: only asked after `JSON.parse` refused it, since that names no place, and quotes content. */
export function findJsonError(text: string): Position {
  const stack: ('{' | '[')[] = [];
  let expect: Expect = 'value';
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const match: RegExpExecArray | null = TOKEN.exec(text);
    const next: Expect | null = match ? advance(match, expect, stack) : null;
    if (!match || next === null) return positionAt(text, at);
    at = TOKEN.lastIndex;
    expect = next;
    if (stack.length === 0 && expect === 'comma') return positionAt(text, at);
  }
}

function advance(match: RegExpExecArray, expect: Expect, stack: ('{' | '[')[]): Expect | null {
  const mark = match[4];
  const wantsValue = expect === 'value' || expect === 'value_or_end';
  if (mark === undefined) {
    if (wantsValue) return 'comma';
    return match[1] !== undefined && (expect === 'key' || expect === 'key_or_end') ? 'colon' : null;
  }
  if (mark === '{' || mark === '[') {
    if (!wantsValue) return null;
    stack.push(mark);
    return mark === '{' ? 'key_or_end' : 'value_or_end';
  }
  if (mark === ':') return expect === 'colon' ? 'value' : null;
  const open = stack.at(-1);
  if (mark === ',') return expect === 'comma' && open ? (open === '{' ? 'key' : 'value') : null;
  const closes = mark === '}' ? open === '{' && expect !== 'value' : open === '[';
  if (!closes || expect === 'key' || expect === 'colon' || (mark === ']' && expect === 'value')) return null;
  stack.pop();
  return 'comma';
}

/** Line and column (from 1) of an offset, white space before the culprit skipped. */
function positionAt(text: string, offset: number): Position {
  let at = offset;
  while (at < text.length && /\s/.test(text[at] ?? '')) at += 1;
  const before = text.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
}
