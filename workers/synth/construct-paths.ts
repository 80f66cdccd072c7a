import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutcomeRequest } from '../../src/features/execution/protocol.ts';
import type { Diagnostic } from '../../src/kernel/plan-outcome.ts';

const MAX_BYTES = 64 * 1024 ** 2;
const MAX_PATH = 1024;

interface Named {
  readonly '//'?: { readonly metadata?: { readonly path?: unknown } };
}
type Blocks = Readonly<Record<string, Readonly<Record<string, Named>>>>;

/** Where the parts of a synthesised stack come from in its app. */
export interface ConstructPaths {
  /** The construct of a resource's address; of its module's, where that is not written by the app. */
  ofAddress(address: string): string | undefined;
  /** The construct whose block holds a line of the file (from 1). */
  ofLine(line: number): string | undefined;
}

/** Reads the construct paths that cdktf leaves under `"//"`. Pure. */
export function readConstructPaths(text: string): ConstructPaths {
  const stack = JSON.parse(text) as { resource?: Blocks; data?: Blocks; module?: Readonly<Record<string, Named>> };
  const paths = new Map<string, string>();
  const note = (address: string, block: Named | undefined) => {
    const path = block?.['//']?.metadata?.path;
    if (typeof path === 'string' && path.length <= MAX_PATH) paths.set(address, path);
  };
  for (const [prefix, blocks] of [
    ['', stack.resource ?? {}],
    ['data.', stack.data ?? {}],
  ] as const) {
    for (const [type, named] of Object.entries(blocks)) {
      for (const [name, block] of Object.entries(named)) note(`${prefix}${type}.${name}`, block);
    }
  }
  for (const [name, block] of Object.entries(stack.module ?? {})) note(`module.${name}`, block);
  const lines = text.split('\n');
  return {
    ofAddress(address) {
      const plain = address.replace(/\[(?:"(?:[^"\\]|\\.)*"|\d+)\]/g, '');
      const words = plain.split('.');
      return paths.get(plain) ?? (words[0] === 'module' ? paths.get(`module.${words[1]}`) : undefined);
    },
    ofLine(line) {
      for (let i = Math.min(line, lines.length) - 1; i >= 0; i--) {
        const path = /^\s*"path": "((?:[^"\\]|\\.)*)",?$/.exec(lines[i] ?? '')?.[1];
        if (path !== undefined && /"metadata": \{/.test(lines[i - 1] ?? '')) return path;
      }
      return undefined;
    },
  };
}

/** The outcome with the constructs that its changes and diagnostics come from; as it is for a stack that no app synthesised. */
export async function nameConstructs(outcome: OutcomeRequest, stackDir: string): Promise<OutcomeRequest> {
  const paths = await pathsOf(stackDir);
  if (paths === null) return outcome;
  const { projection } = outcome;
  const named = <T extends { readonly address: string }>(change: T): T => {
    const construct = paths.ofAddress(change.address);
    return construct === undefined ? change : { ...change, construct };
  };
  return {
    ...outcome,
    ...(projection
      ? { projection: { ...projection, changes: projection.changes.map(named), drift: projection.drift.map(named) } }
      : {}),
    diagnostics: inConstructs(outcome.diagnostics, paths),
  };
}

/** The diagnostics, each with the construct it is about, where an app synthesised the stack. */
export async function nameFaults<T extends Diagnostic>(diagnostics: readonly T[], stackDir: string): Promise<T[]> {
  const paths = diagnostics.length === 0 ? null : await pathsOf(stackDir);
  return paths === null ? [...diagnostics] : inConstructs(diagnostics, paths);
}

/** In front of the detail, which places with little room cut at its end: a line of cdk.tf.json says nothing to anybody. */
function inConstructs<T extends Diagnostic>(diagnostics: readonly T[], paths: ConstructPaths): T[] {
  return diagnostics.map((diagnostic) => {
    const { address, file, line, detail } = diagnostic;
    const construct =
      (address === null ? undefined : paths.ofAddress(address)) ??
      (line !== null && file?.endsWith('/cdk.tf.json') ? paths.ofLine(line) : undefined);
    return construct === undefined
      ? diagnostic
      : { ...diagnostic, detail: `Construct: ${construct}\n${detail}`.slice(0, 16_384).trim() };
  });
}

async function pathsOf(stackDir: string): Promise<ConstructPaths | null> {
  const file = join(stackDir, 'cdk.tf.json');
  return isReadable(file) ? readSafely(await readFile(file, 'utf8')) : null;
}

/** At once: hardly any stack has one. */
function isReadable(file: string): boolean {
  try {
    const facts = statSync(file, { throwIfNoEntry: false });
    return facts?.isFile() === true && facts.size <= MAX_BYTES;
  } catch {
    return false;
  }
}

/** What a repository calls cdk.tf.json may be anything. */
function readSafely(text: string): ConstructPaths | null {
  try {
    return readConstructPaths(text);
  } catch {
    return null;
  }
}
