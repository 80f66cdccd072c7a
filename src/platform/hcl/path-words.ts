import type { PathPart } from './parsed-file.ts';

/** What ends a word of a shell command. */
const WORD_BREAK = /[\s'"`;&|<>()=,]+/;

/** The words of a command line that may name files; interpolated pieces stay inside their word. */
export function splitWords(parts: readonly PathPart[]): PathPart[][] {
  const words: PathPart[][] = [[]];
  for (const part of parts) {
    if (!('text' in part)) {
      words.at(-1)?.push(part);
      continue;
    }
    part.text.split(WORD_BREAK).forEach((text, i) => {
      if (i > 0) words.push([]);
      if (text !== '') words.at(-1)?.push({ text });
    });
  }
  return words.filter((word) => word.length > 0).flatMap(splitAtPaths);
}

/**
 * `file://${path.module}/x` names two things: whatever stands before `path.*`, and the path that begins there. A single
 * list comes back where `path.*` stands first or nowhere.
 */
export function splitAtPaths(parts: readonly PathPart[]): PathPart[][] {
  const out: PathPart[][] = [];
  let from = 0;
  for (let i = 1; i < parts.length; i++) {
    const part = parts[i];
    if (!part || !('path' in part)) continue;
    out.push(cutAtSpace(parts.slice(from, i), from > 0));
    from = i;
  }
  out.push(cutAtSpace(parts.slice(from), from > 0));
  return out;
}

/** A path that began in the middle of a text ends at the first white space or quote. */
function cutAtSpace(parts: readonly PathPart[], isTail: boolean): PathPart[] {
  if (!isTail) return [...parts];
  const out: PathPart[] = [];
  for (const part of parts) {
    const end = 'text' in part ? part.text.search(WORD_BREAK) : -1;
    if (end === -1 || !('text' in part)) {
      out.push(part);
      continue;
    }
    if (end > 0) out.push({ text: part.text.slice(0, end) });
    break;
  }
  return out;
}

/** Whether the parts hold a text with `needle`. */
export function holdsText(parts: readonly PathPart[], needle: string): boolean {
  return parts.some((part) => 'text' in part && part.text.includes(needle));
}

/** Whether the parts can be known without the engine (local values are looked up later). */
export function isKnown(parts: readonly PathPart[]): boolean {
  return !parts.some((part) => 'unknown' in part);
}
