import type { z } from 'zod';
import type { Environment } from './environment.ts';
import { isMap, type KeyPath, pathKey, quote } from './key-path.ts';
import type { Finding } from './reporter.ts';
import { childOf, shapeOf } from './schema-walk.ts';

/** A value that stands for `{env: NAME}` or `{file: PATH}`. */
export interface Reference {
  /** `{env: NAME}`, for people. */
  readonly text: string;
  /** Absolute path of the file it was read from. */
  readonly file: string | null;
  /** Name of the variable it was read from. */
  readonly variable: string | null;
}

/** What a file's content is, or why it cannot be had. */
export type ReadSecretFile = (
  path: string,
) => { readonly text: string; readonly file: string } | { readonly wrong: string };

export interface ResolveContext {
  readonly env: Environment;
  readonly readFile: ReadSecretFile;
  report(path: KeyPath, finding: Finding): void;
}

/** A value with its references resolved, by path, and the paths at which that failed. */
export interface Resolved {
  readonly value: unknown;
  readonly references: ReadonlyMap<string, Reference>;
  readonly failed: ReadonlySet<string>;
}

/** Puts the environment's and files' content in place of every `{env: NAME}` and `{file: PATH}` where the schema wants a text. */
export function resolveReferences(schema: z.core.$ZodType, value: unknown, context: ResolveContext): Resolved {
  const references = new Map<string, Reference>();
  const failed = new Set<string>();
  return { value: walk(schema, value, []), references, failed };

  function walk(at: z.core.$ZodType | null, part: unknown, path: KeyPath): unknown {
    if (at === null) return part;
    if (Array.isArray(part)) return part.map((item, i) => walk(childOf(at, i), item, [...path, i]));
    if (!isMap(part)) return part;
    if (shapeOf(at).kind !== 'text')
      return mapValues(part, (item, key) => walk(childOf(at, key), item, [...path, key]));
    const reference = referenceOf(part);
    if (reference === null) return part;
    const resolved = reference.kind === 'env' ? fromEnvironment(reference.name) : context.readFile(reference.name);
    if ('wrong' in resolved) {
      failed.add(pathKey(path));
      const wayOut = reference.kind === 'env' ? `set it, or write {file: PATH}` : 'create it, or correct the path';
      context.report(path, { message: `has no value: ${resolved.wrong}`, wayOut, showValue: false });
      return part;
    }
    references.set(pathKey(path), {
      text: `{${reference.kind}: ${reference.name}}`,
      file: resolved.file,
      variable: reference.kind === 'env' ? reference.name : null,
    });
    return resolved.text;
  }

  function fromEnvironment(name: string) {
    const text = context.env[name];
    if (text === undefined) return { wrong: `the environment variable ${quote(name)} is not set` };
    return { text, file: null };
  }
}

function referenceOf(map: Record<string, unknown>): { kind: 'env' | 'file'; name: string } | null {
  const [key, ...more] = Object.keys(map);
  if (more.length > 0 || (key !== 'env' && key !== 'file')) return null;
  const name = map[key];
  return typeof name === 'string' && name !== '' ? { kind: key, name } : null;
}

function mapValues(map: Record<string, unknown>, change: (value: unknown, key: string) => unknown) {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}

/** A value in which a list or map that was begun and left empty (`channels:`) is not there at all. */
export function dropEmptyContainers(schema: z.core.$ZodType, value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item, i) => dropIn(childOf(schema, i), item));
  }
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([key, child]) => child !== null || !isContainer(childOf(schema, key)));
  return Object.fromEntries(kept.map(([key, child]) => [key, dropIn(childOf(schema, key), child)]));
}

function dropIn(schema: z.core.$ZodType | null, value: unknown): unknown {
  return schema === null ? value : dropEmptyContainers(schema, value);
}

function isContainer(schema: z.core.$ZodType | null): boolean {
  const kind = schema === null ? 'text' : shapeOf(schema).kind;
  return kind === 'object' || kind === 'array' || kind === 'record';
}
