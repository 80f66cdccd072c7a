import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { diagnoseServer } from './diagnose-server.ts';
import { holdfastSchema } from './holdfast-schema.ts';
import { renderProblem } from './problem.ts';
import { parseRepositoryConfig } from './repository-config.ts';
import { shapeOf } from './schema-walk.ts';
import { serverSchema } from './server-schema.ts';
import { toServerConfig } from './to-server-config.ts';
import { parseYaml } from './yaml-document.ts';

const noFile = () => ({ wrong: 'is not there' });

function readServer(bytes: Uint8Array): string[] {
  const options = { env: {}, flags: {}, readFile: noFile, readOutside: noFile };
  const { parsed, problems } = diagnoseServer(parseYaml(bytes, 's'), options);
  const paths = { configFile: null, baseOf: () => '/', sourceFileOf: () => null };
  if (parsed !== null && problems.every(({ severity }) => severity !== 'error')) toServerConfig(parsed, paths);
  return problems.map(renderProblem);
}

function readAny(bytes: Uint8Array): string[] {
  return [...readServer(bytes), ...parseRepositoryConfig(bytes, { now: 0 }).problems.map(renderProblem)];
}

/** Every key of both files, so that random maps reach deep into the schemas. */
function keysOf(schema: Parameters<typeof shapeOf>[0]): string[] {
  const shape = shapeOf(schema);
  if (shape.kind === 'array') return keysOf(shape.element);
  if (shape.kind !== 'object') return [];
  return Object.entries(shape.shape).flatMap(([key, child]) => [key, ...keysOf(child)]);
}
const keys = [
  ...new Set([...keysOf(serverSchema), ...keysOf(holdfastSchema), '__proto__', 'constructor', 'env', 'file']),
];

const scalar = fc.oneof(
  fc.constantFrom(
    '30s',
    '10MB',
    '30%',
    '**',
    'main',
    '127.0.0.1:0',
    'a',
    '../x',
    '/a',
    'https://u:canary@x/y',
    '-x',
    '\0',
    '',
  ),
  fc.constantFrom('plan', 'all', 'slack', 'webhook', 'terraform', 'admin', '0 8 * * *', 'UTC', '2027-01-31', '1.11.4'),
  fc.string({ maxLength: 20, unit: 'binary' }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium', maxDepth: 6 },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...keys), tie('tree'), { maxKeys: 6 }),
  ),
}));

test('random bytes and texts never throw', { timeout: 60_000 }, () => {
  const text = fc.array(fc.constantFrom(...'[]{}:,-?!&*#|>%@`\'"\n\t ab0~<\\.='), { maxLength: 60 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readAny(bytes)),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(text, (chars) => void readAny(Buffer.from(chars.join('')))),
    { numRuns: 1500 },
  );
});

test('random values under known keys never throw, are told of on one line, and show no password', {
  timeout: 60_000,
}, () => {
  const documents = fc.dictionary(fc.constantFrom(...keys), tree, { maxKeys: 8 });
  fc.assert(
    fc.property(documents, (document) => {
      for (const line of readAny(Buffer.from(stringify(document)))) {
        expect(line).not.toMatch(/[\n\r\0\u2028]/);
        expect(line).not.toContain('canary');
      }
    }),
    { numRuns: 600 },
  );
});

test('reading twice says the same', { timeout: 60_000 }, () => {
  const documents = fc.dictionary(fc.constantFrom(...keys), tree, { maxKeys: 4 });
  fc.assert(
    fc.property(documents, (document) => {
      const bytes = Buffer.from(stringify(document));
      expect(readAny(bytes)).toEqual(readAny(bytes));
    }),
    { numRuns: 100 },
  );
});
