import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { schemaFiles } from './json-schema.ts';

test.each(Object.entries(schemaFiles()))('schemas/%s is what `npm run schemas` writes', (name, text) => {
  const written = readFileSync(new URL(`../../schemas/${name}`, import.meta.url), 'utf8');
  expect(written === text, 'run `npm run schemas`').toBe(true);
});

test('texts of server.yaml may be references, those of holdfast.yaml not', () => {
  const { 'server.schema.json': server = '', 'holdfast.schema.json': holdfast = '' } = schemaFiles();
  const { properties } = JSON.parse(server);
  expect(properties.listen.anyOf).toContainEqual({ $ref: '#/$defs/reference' });
  expect(properties.limits.properties.log).toMatchObject({ default: '10MB' });
  expect(properties.limits.properties.log.anyOf[0].pattern).toBe('^\\d{1,9}(B|KB|MB|GB)$');
  expect(holdfast).not.toContain('reference');
});
