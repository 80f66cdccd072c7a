import { judgeHcl, type Verdict } from './hcl-judge.ts';
import { findJsonError } from './json-position.ts';
import { valuesOfJson, visitJsonString } from './json-template.ts';
import { extractConfig, extractValues } from './parse-hcl.ts';
import { extractJsonConfig, extractJsonValues } from './parse-json.ts';
import { parsePlainBlob } from './parse-plain.ts';
import { type BlobKind, EMPTY_FILE, MAX_PARSED_BYTES, type ParsedFile, unreadableFile } from './parsed-file.ts';
import { PathCollector } from './path-collector.ts';
import { itemsOf } from './read-blocks.ts';
import type { SyntaxNode, SyntaxReader, SyntaxTree } from './syntax-tree.ts';

/** What a blob says in its role. Never throws for what the blob holds: that becomes its `problem`. */
export async function parseBlob(reader: SyntaxReader, kind: BlobKind, bytes: Uint8Array): Promise<ParsedFile> {
  const plain = parsePlainBlob(kind, bytes);
  if (plain) return plain;
  if (bytes.byteLength > MAX_PARSED_BYTES) {
    return unreadableFile(`the file holds ${bytes.byteLength} bytes; configuration above 5 MB is not read`);
  }
  try {
    const text = decode(bytes);
    if (kind === 'hcl') return await parseConfig(reader, text);
    if (kind === 'template') return parseTemplate(reader, text);
    if (kind === 'tfvars') return { ...EMPTY_FILE, ...extractValues(reader.read(text)) };
    return parseJson(reader, kind, text);
  } catch (error) {
    return unreadableFile(error instanceof Error ? error.message : String(error));
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error('the file is not UTF-8 text', { cause });
  }
}

async function parseConfig(reader: SyntaxReader, text: string): Promise<ParsedFile> {
  const tree = reader.read(text);
  const found = extractConfig(tree);
  if (!tree.error && !hasCrowdedLine(tree.root)) return found;
  return settle(reader, tree, found, await judgeHcl(text));
}

/** The judge's word stands; where it accepts what our grammar could not read, its own reading is used, with a doubt. */
function settle(reader: SyntaxReader, tree: SyntaxTree, found: ParsedFile, verdict: Verdict): ParsedFile {
  if ('problem' in verdict) return { ...found, problem: verdict.problem };
  if (!tree.error) return found;
  const read = extractJsonConfig(reader, verdict.json);
  const doubts = [...read.doubts, { line: tree.error.row + 1, why: 'the file uses syntax that only the engine reads' }];
  return { ...read, doubts };
}

/** Our grammar lets two arguments share a line, which HCL refuses. */
function hasCrowdedLine(node: SyntaxNode): boolean {
  let lastEnd = -1;
  for (const item of itemsOf(node)) {
    if (item.row === lastEnd) return true;
    lastEnd = endRow(item);
    if (item.type === 'block' && hasCrowdedLine(item)) return true;
  }
  return false;
}

function endRow(node: SyntaxNode): number {
  const last = node.children.at(-1);
  return last ? Math.max(node.row, endRow(last)) : node.row;
}

function parseJson(reader: SyntaxReader, kind: BlobKind, text: string): ParsedFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const position = findJsonError(text);
    return unreadableFile('this is not valid JSON', position);
  }
  if (kind === 'tfvars_json') return { ...EMPTY_FILE, ...extractJsonValues(value) };
  return extractJsonConfig(reader, value);
}

/** A template can itself call file functions; its text is nobody's path. */
function parseTemplate(reader: SyntaxReader, text: string): ParsedFile {
  const into = new PathCollector();
  const context = { attribute: '', inBuilder: false, isArgument: true, nestedOnly: true };
  if (valuesOfJson(reader, text).length > 0) visitJsonString(reader, text, into, context);
  return { ...EMPTY_FILE, paths: into.uses, doubts: into.doubts };
}
