import { z } from 'zod';
import { holdfastSchema } from './holdfast-schema.ts';
import { factsOf } from './schema-walk.ts';
import { serverSchema } from './server-schema.ts';

/** The published files by name, each with its text. */
export function schemaFiles(): Readonly<Record<string, string>> {
  return {
    'server.schema.json': textOf(serverSchema, 'Holdfast: server.yaml', true),
    'holdfast.schema.json': textOf(holdfastSchema, 'Holdfast: holdfast.yaml', false),
  };
}

/** JSON Schema 2020-12 of what is written. With `hasReferences` every text may be `{env: NAME}` or `{file: PATH}`. */
function textOf(schema: z.ZodType, title: string, hasReferences: boolean): string {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const { pattern } = factsOf(zodSchema);
      if (pattern !== undefined && jsonSchema.type === 'string') jsonSchema.pattern = pattern;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      // An empty block means the same as none.
      if (jsonSchema.default !== null && isEmpty(jsonSchema.default)) delete jsonSchema.default;
    },
  });
  const { $schema, ...rest } = json;
  const body = hasReferences ? withReferences(rest) : rest;
  const defs = hasReferences ? { $defs: { reference: REFERENCE } } : {};
  return `${JSON.stringify({ $schema, title, ...(body as object), ...defs }, null, 2)}\n`;
}

const REFERENCE = {
  description: 'Read from the environment of the process, or from a file (relative to this one).',
  oneOf: ['env', 'file'].map((key) => ({
    type: 'object',
    properties: { [key]: { type: 'string', minLength: 1 } },
    required: [key],
    additionalProperties: false,
  })),
};

/** Every `{type: string}` as a choice between the text and a reference; names of keys stay as they are. */
function withReferences(node: unknown, key = ''): unknown {
  if (Array.isArray(node)) return node.map((item) => withReferences(item));
  if (node === null || typeof node !== 'object') return node;
  if (key === 'propertyNames') return node;
  const children = Object.entries(node).map(([name, child]) => [name, withReferences(child, name)] as const);
  const copy: Record<string, unknown> = Object.fromEntries(children);
  if (copy.type !== 'string') return copy;
  const { description, default: written, ...text } = copy;
  const kept = {
    ...(description === undefined ? {} : { description }),
    ...(written === undefined ? {} : { default: written }),
  };
  return { ...kept, anyOf: [text, { $ref: '#/$defs/reference' }] };
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
