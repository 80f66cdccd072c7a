import type { Doubt, PathPart, PathRole, PathUse } from './parsed-file.ts';
import { holdsText, isKnown, splitAtPaths, splitWords } from './path-words.ts';

const MAX_USES = 4000;
const MAX_DOUBTS = 5;
const MAX_LENGTH = 1024;

/** Attributes whose value is a path whatever it looks like. */
const PATH_ATTRIBUTES = new Set([
  'filename',
  'source',
  'source_dir',
  'source_file',
  'source_path',
  'chart',
  'path',
  'paths',
  'working_dir',
  'context',
  'dockerfile',
  'script',
  'scripts',
  'config_path',
  'values_files',
]);

/** Attributes that hold command lines. */
const COMMAND_ATTRIBUTES = new Set(['command', 'program', 'inline', 'interpreter', 'entrypoint']);

/** Where a string stands. */
export interface StringContext {
  readonly attribute: string;
  /** Inside a function that makes new strings from its arguments: what it makes is not known. */
  readonly inBuilder: boolean;
  /** An operand by itself in a function's argument or a comparison, not a value. */
  readonly isArgument: boolean;
  /** Strings here were seen as a part of something larger. */
  readonly nestedOnly?: boolean;
  readonly base?: readonly PathPart[];
}

/** Gathers what may name files, each once, within bounds. */
export class PathCollector {
  readonly uses: PathUse[] = [];
  readonly doubts: Doubt[] = [];
  readonly #seen = new Set<string>();

  /** The argument of a file function. */
  addFile(role: 'file' | 'template', parts: readonly PathPart[], line: number, isGlob = false): void {
    this.#push({ role, parts, line, ...(isGlob ? { glob: true } : {}) });
  }

  /** Any other string. */
  addString(parts: readonly PathPart[], line: number, context: StringContext): void {
    if (context.nestedOnly) return;
    if (COMMAND_ATTRIBUTES.has(context.attribute)) this.#addCommand(parts, line, context);
    else this.#addValue(parts, line, context);
  }

  #addValue(parts: readonly PathPart[], line: number, context: StringContext): void {
    const holdsPath = parts.some((part) => 'path' in part);
    const holdsSlash = holdsText(parts, '/');
    if (context.inBuilder && (holdsSlash || holdsPath)) this.doubt(line, 'a function makes a string of a path');
    if (!isKnown(parts) && (holdsSlash || holdsPath)) this.doubt(line, 'a string that holds `/` is computed');
    const role = PATH_ATTRIBUTES.has(context.attribute) ? 'attribute' : 'plain';
    for (const piece of splitAtPaths(parts)) {
      if (mayNameFile(piece, role, context)) this.#push({ role, parts: piece, line });
    }
  }

  /** Words of a heredoc: only those that begin with `path.*`, never its text. */
  addHeredoc(parts: readonly PathPart[], line: number): void {
    for (const word of splitWords(parts)) {
      const first = word[0];
      if (first && 'path' in first) this.#push({ role: 'plain', parts: word, line });
    }
  }

  doubt(line: number, why: string): void {
    if (this.doubts.length < MAX_DOUBTS) this.doubts.push({ line, why });
  }

  #addCommand(parts: readonly PathPart[], line: number, context: StringContext): void {
    for (const word of splitWords(parts)) {
      if (!mayNameFile(word, 'command', context)) continue;
      this.#push({ role: 'command', parts: word, line, ...(context.base ? { base: context.base } : {}) });
    }
  }

  #push(use: PathUse): void {
    const key = JSON.stringify([use.role, use.parts, use.base]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    if (this.uses.length < MAX_USES) this.uses.push(use);
    else if (this.uses.length === MAX_USES) this.#overflow(use.line);
  }

  /** More strings than we look at: then anything may be read. */
  #overflow(line: number): void {
    this.uses.push({ role: 'file', parts: [{ unknown: true }], line });
    this.doubt(line, 'the file holds too many strings to look at each');
  }
}

function mayNameFile(parts: readonly PathPart[], role: PathRole, context: StringContext): boolean {
  const first = parts[0];
  if (!first || 'unknown' in first) return false;
  if ('path' in first || 'local' in first) return true;
  const { text } = first;
  if (text.length > MAX_LENGTH || text.includes('\n') || text.includes('://')) return false;
  if (text.startsWith('/') || text.startsWith('~') || text.startsWith('arn:')) return false;
  if (parts.length === 1) {
    if (text === '.' || text === '..') return !context.isArgument;
    // A path attribute, or a word of a command, may be a bare name: whether there is such a file decides.
    if (role !== 'plain') return !text.startsWith('-');
    return text.includes('/') || text.includes('.');
  }
  return text.includes('/') || role === 'attribute';
}
