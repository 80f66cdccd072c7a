import type { z } from 'zod';
import type { KeyPath } from './key-path.ts';
import { FACTS, type FieldFacts } from './schema-facts.ts';

type Schema = z.core.$ZodType;

/** What a schema is once optional, default and transforms are taken off. */
export type Shape =
  | { readonly kind: 'object'; readonly shape: Readonly<Record<string, Schema>> }
  | { readonly kind: 'array'; readonly element: Schema }
  | { readonly kind: 'record'; readonly key: Schema; readonly value: Schema }
  | { readonly kind: 'text' | 'number' | 'boolean' };

/** The shape of what is written (not of what it parses to). */
export function shapeOf(schema: Schema): Shape {
  const { def } = schema._zod as unknown as z.core.$ZodTypes['_zod'];
  switch (def.type) {
    case 'object':
      return { kind: 'object', shape: def.shape };
    case 'array':
      return { kind: 'array', element: def.element };
    case 'record':
      return { kind: 'record', key: def.keyType, value: def.valueType };
    case 'number':
    case 'boolean':
      return { kind: def.type };
    case 'literal':
      return { kind: def.values.every((value) => typeof value === 'number') ? 'number' : 'text' };
    default: {
      const inner = innerOf(schema);
      return inner === null ? { kind: 'text' } : shapeOf(inner);
    }
  }
}

/** The wrapped schema of optional, default, prefault, …, the written side of a transform; null where nothing is wrapped. */
function innerOf(schema: Schema): Schema | null {
  const { def } = schema._zod as unknown as z.core.$ZodTypes['_zod'];
  if (def.type === 'pipe') return def.in;
  return 'innerType' in def ? def.innerType : null;
}

/** The facts of a field, wherever between its wrappers they are. */
export function factsOf(schema: Schema): FieldFacts {
  const facts = FACTS.get(schema as z.ZodType);
  const inner = innerOf(schema);
  return facts ?? (inner === null ? {} : factsOf(inner));
}

/** The schema of one entry of a map or list; null where the schema knows none. */
export function childOf(schema: Schema, part: string | number): Schema | null {
  const shape = shapeOf(schema);
  if (shape.kind === 'array') return shape.element;
  if (shape.kind === 'record') return shape.value;
  if (shape.kind !== 'object' || !Object.hasOwn(shape.shape, part)) return null;
  return shape.shape[part] ?? null;
}

/** The schema of the value at a path, or null. */
export function schemaAt(schema: Schema, path: KeyPath): Schema | null {
  let at: Schema | null = schema;
  for (const part of path) at = at === null ? null : childOf(at, part);
  return at;
}

/** The default as one would write it; undefined where there is none. */
export function defaultOf(schema: Schema): unknown {
  const { def } = schema._zod as unknown as z.core.$ZodTypes['_zod'];
  if (def.type === 'default' || def.type === 'prefault') return def.defaultValue;
  const inner = innerOf(schema);
  return inner === null ? undefined : defaultOf(inner);
}

/** A scalar that is reached through named keys alone. */
export interface ScalarField {
  readonly path: readonly string[];
  readonly shape: Shape;
  readonly schema: Schema;
}

/** Every such scalar: what environment and flags may set. */
export function scalarFields(schema: Schema, path: readonly string[] = []): ScalarField[] {
  const shape = shapeOf(schema);
  if (shape.kind === 'object') {
    return Object.entries(shape.shape).flatMap(([key, child]) => scalarFields(child, [...path, key]));
  }
  return shape.kind === 'array' || shape.kind === 'record' ? [] : [{ path, shape, schema }];
}
