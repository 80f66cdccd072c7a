import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planFixture } from '../../test/support/plan-file-samples.ts';
import { SchemaScanner } from './schema-scanner.ts';

const JSON_BYTES = readFileSync(planFixture('providers.schemas.json'));

function scan(chunks: readonly Buffer[], maxBytes = 1e8): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const scanner = new SchemaScanner(
    (provider, type, json) => found.set(`${provider} ${type}`, json === null ? null : JSON.parse(json)),
    maxBytes,
  );
  for (const chunk of chunks) {
    // The reader of a file fills the same buffer again.
    const copy = Buffer.from(chunk);
    scanner.push(copy);
    copy.fill(0);
  }
  return found;
}

function expected(json: Buffer): Map<string, unknown> {
  const { provider_schemas } = JSON.parse(json.toString());
  return new Map(
    Object.entries<{ resource_schemas?: object }>(provider_schemas).flatMap(([provider, { resource_schemas = {} }]) =>
      Object.entries(resource_schemas).map(([type, schema]) => [`${provider} ${type}`, schema] as const),
    ),
  );
}

describe('SchemaScanner', () => {
  it('finds every resource type, and no data source, wherever the chunks end', () => {
    expect(scan([JSON_BYTES])).toEqual(expected(JSON_BYTES));
    for (const size of [1, 2, 3, 7, 100, 1000]) {
      const chunks = Array.from({ length: Math.ceil(JSON_BYTES.length / size) }, (_, i) =>
        JSON_BYTES.subarray(i * size, (i + 1) * size),
      );
      expect(scan(chunks)).toEqual(expected(JSON_BYTES));
    }
  });

  it('reads any names and texts, with braces and quotes in them', () => {
    const name = fc.string({ maxLength: 8 }).filter((text) => text !== '__proto__');
    const schema = fc.dictionary(name, fc.jsonValue({ maxDepth: 2 }));
    const provider = fc.record({
      provider: schema,
      resource_schemas: fc.dictionary(name, schema),
      data_source_schemas: fc.dictionary(name, schema),
    });
    const document = fc.record({
      format_version: fc.constant('1.0'),
      provider_schemas: fc.dictionary(name, provider),
      after: fc.jsonValue(),
    });
    fc.assert(
      fc.property(document, fc.integer({ min: 1, max: 40 }), (value, size) => {
        const bytes = Buffer.from(JSON.stringify(value));
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        );
        expect(scan(chunks)).toEqual(expected(bytes));
      }),
      { numRuns: 300 },
    );
  });

  it('says that a schema is too large without keeping it', () => {
    const found = scan([JSON_BYTES], 1000);
    expect(found.get('registry.terraform.io/hashicorp/time time_offset')).toBeNull();
    expect(found.size).toBe(expected(JSON_BYTES).size);
  });
});
