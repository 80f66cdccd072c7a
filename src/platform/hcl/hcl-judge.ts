import { createRequire } from 'node:module';
import type { ParseProblem } from './parsed-file.ts';

/** HashiCorp's verdict on a text: its content in JSON syntax, or the first thing that is wrong. */
export type Verdict = { readonly json: unknown } | { readonly problem: ParseProblem };

type ParseHcl = (filename: string, contents: string) => Promise<unknown>;

const NAME = 'main.tf';
let loaded: ParseHcl | null = null;

/**
 * Asks HashiCorp's own parser (WebAssembly, about 55 MB and 90 ms to load, which is why only doubtful files are shown to
 * it, and only in a thread that ends).
 */
export async function judgeHcl(text: string): Promise<Verdict> {
  loaded ??= (createRequire(import.meta.url)('@cdktn/hcl2json') as { parse: ParseHcl }).parse;
  try {
    return { json: await loaded(NAME, text) };
  } catch (error) {
    return { problem: problemOf(error instanceof Error ? error.message : String(error)) };
  }
}

/** The first of `parse config: [main.tf:2,6-3,1: Summary; Detail main.tf:4,1-2: …]`. */
function problemOf(message: string): ParseProblem {
  const [first = ''] = message.split(`${NAME}:`).slice(1);
  const match = /^(\d+),(\d+)-[\d,]+: (.*)$/s.exec(first.trim().replace(/\]$/, ''));
  if (!match) return { line: 1, column: 1, message: message.slice(0, 500) };
  const [summary = '', ...detail] = (match[3] ?? '').split('; ');
  const text = detail.length > 0 ? `${summary}: ${detail.join('; ')}` : summary;
  return { line: Number(match[1]), column: Number(match[2]), message: text.slice(0, 500) };
}
