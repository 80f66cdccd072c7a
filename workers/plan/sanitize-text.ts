// biome-ignore-all lint/suspicious/noControlCharactersInRegex: this file is about control characters
/** Whole escape sequences: strings for the terminal (OSC, DCS, …), control sequences, and the short ones. */
const STRINGS = /(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)/g;
const CONTROLS = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]/g;
const SHORT = /\x1b[ -/]*[0-~]/g;
const OTHERS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;
/** Characters that change the order in which others are shown. */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text that a terminal, a web page or a chat message shows as it is: escape sequences are dropped, a carriage return is a
 * line's end, other control and bidirectional characters become U+FFFD. Tabs and newlines stay.
 */
export function sanitizeText(text: string): string {
  if (isPlain(text)) return text;
  return text
    .toWellFormed()
    .replace(/\r+\n/g, '\n')
    .replace(STRINGS, '')
    .replace(CONTROLS, '')
    .replace(SHORT, '')
    .replaceAll('\r', '\n')
    .replace(OTHERS, '\ufffd')
    .replace(BIDI, '\ufffd');
}

const PLAIN = /^[\t\n\x20-\x7e]*$/;

/** Whether there is nothing to do: the usual case, told in one pass. */
function isPlain(text: string): boolean {
  return PLAIN.test(text);
}
