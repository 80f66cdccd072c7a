/** Colours of a text, by meaning. `plainPaint` has none; the command line hands in a coloured one for terminals. */
export interface Paint {
  strong(text: string): string;
  faint(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  caution(text: string): string;
  note(text: string): string;
}

const same = (text: string): string => text;

/** No colours: for pipes, files and text/plain. */
export const plainPaint: Paint = { strong: same, faint: same, good: same, bad: same, caution: same, note: same };
