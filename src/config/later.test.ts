import { expect, test } from 'vitest';
import type { z } from 'zod';
import { holdfastSchema } from './holdfast-schema.ts';
import { LATER_IN_HOLDFAST, LATER_IN_SERVER } from './later.ts';
import { shapeOf } from './schema-walk.ts';
import { serverSchema } from './server-schema.ts';

/** Every key path of a schema in dots, lists as `[]`. */
function keyPathsOf(schema: z.core.$ZodType, prefix: string): string[] {
  const shape = shapeOf(schema);
  if (shape.kind === 'array') return [prefix, ...keyPathsOf(shape.element, `${prefix}[]`)];
  if (shape.kind !== 'object') return [prefix];
  const below = Object.entries(shape.shape).flatMap(([key, child]) =>
    keyPathsOf(child, prefix === '' ? key : `${prefix}.${key}`),
  );
  return [prefix, ...below];
}

test('what has no effect yet are keys that there are', () => {
  expect(keyPathsOf(serverSchema, '')).toEqual(expect.arrayContaining([...LATER_IN_SERVER]));
  expect(keyPathsOf(holdfastSchema, '')).toEqual(expect.arrayContaining([...LATER_IN_HOLDFAST]));
});
