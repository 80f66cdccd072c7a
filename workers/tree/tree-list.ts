import { sha256 } from '../../src/kernel/digest.ts';

/** What an entry is: a file, one that may be executed, a directory, a link, or something else (a socket, a pipe). */
export type EntryKind = 'file' | 'executable' | 'directory' | 'link' | 'other';

/** One entry of a tree. */
export interface TreeEntry {
  /** `/`-separated, relative to the tree. */
  readonly path: string;
  readonly kind: EntryKind;
  /** Bytes of a file; 0 of everything else. */
  readonly size: number;
  /** SHA-256 of a file's bytes or of a link's target; empty for everything else. */
  readonly content: string;
}

/** A tree in words: its entries, one a line, and the SHA-256 of that. Equal digests are equal trees. */
export interface TreeList {
  readonly text: string;
  readonly digest: string;
}

const HEAD = 'holdfast tree 1';
const NAMED = 5;
const LONGEST_NAME = 200;

/** The list of a tree, whatever order its entries come in. Dates, owners and other rights than `x` are no part of it. Pure. */
export function listOf(entries: readonly TreeEntry[]): TreeList {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const lines = sorted.map(({ path, kind, size, content }) => `${kind} ${size} ${content} ${JSON.stringify(path)}`);
  const text = `${[HEAD, ...lines].join('\n')}\n`;
  return { text, digest: sha256(text) };
}

/** The first differences between two lists in words, and how many more there are; empty where there is none. Pure. */
export function differenceText(before: string, after: string): string {
  const [was, is] = [linesOf(before), linesOf(after)];
  const paths = [...new Set([...was.keys(), ...is.keys()])].filter((path) => was.get(path) !== is.get(path)).sort();
  const named = paths.slice(0, NAMED).map((path) => `${nameOf(path)} ${verbOf(was.get(path), is.get(path))}`);
  const more = paths.length > NAMED ? [`${paths.length - NAMED} more`] : [];
  return [...named, ...more].join(', ');
}

function verbOf(was: string | undefined, is: string | undefined): string {
  if (was === undefined) return 'was added';
  if (is === undefined) return 'is gone';
  const [kindBefore, ...before] = was.split(' ');
  const [kind, ...after] = is.split(' ');
  if (kindBefore === kind) return 'was changed';
  const isSame = before.join(' ') === after.join(' ');
  if (isSame && kind === 'executable') return 'was made executable';
  if (isSame && kind === 'file' && kindBefore === 'executable') return 'is not executable any more';
  return `was ${kindWord(kindBefore)} and is ${kindWord(kind)}`;
}

function kindWord(kind: string | undefined): string {
  if (kind === 'link') return 'a link';
  if (kind === 'directory') return 'a directory';
  return kind === 'file' || kind === 'executable' ? 'a file' : 'something else';
}

/** What a list says of each path, which stands in JSON as it does there. */
function linesOf(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split('\n').slice(1)) {
    const at = line.indexOf('"');
    if (at > 0) found.set(line.slice(at), line.slice(0, at));
  }
  return found;
}

function nameOf(path: string): string {
  const name = path.slice(1, -1);
  return `\`${name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name}\``;
}
