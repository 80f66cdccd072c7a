import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { catalogue } from '../src/cli/catalogue.ts';
import { EVENT_TYPES } from '../src/config/event-types.ts';
import { scalarFields } from '../src/config/schema-walk.ts';
import { serverSchema } from '../src/config/server-schema.ts';

const root = resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const pages = [
  'README.md',
  'CONCEPTS.md',
  ...readdirSync(join(root, 'docs'))
    .filter((n) => n.endsWith('.md'))
    .map((n) => `docs/${n}`),
];

test.each(pages)('every link of %s leads somewhere', (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(([, target]) => target ?? '');
  const dead = links.filter((target) => !existsSync(join(root, dirname(page), target)));
  expect(dead).toEqual([]);
});

test('every command and its options are in the guide', async () => {
  const text = read('docs/commands.md');
  for (const entry of catalogue) {
    expect(text).toMatch(new RegExp(`\`[^\`]*\\b${entry.name}\\b`));
    for (const { flags, hidden } of (await entry.load()).options) {
      const long = /--[\w-]+/.exec(flags)?.[0] ?? '';
      const isNamed = text.includes(long) || text.includes(/-\w(?=,)/.exec(flags)?.[0] ?? long);
      expect(isNamed || hidden === true, `${entry.name} ${long}`).toBe(true);
    }
  }
});

test('every setting of server.yaml and every event is in the guide', () => {
  const text = read('docs/configuration.md');
  const keys = scalarFields(serverSchema).map(({ path }) => path.at(-1) ?? '');
  expect(keys.filter((key) => !text.includes(key))).toEqual([]);
  expect(EVENT_TYPES.filter((event) => !text.includes(event) && !event.startsWith('drift.'))).toEqual([]);
});

test('every YAML block of the guide is YAML', () => {
  const blocks = pages.flatMap((page) =>
    [...read(page).matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text ?? ''),
  );
  expect(blocks.length).toBeGreaterThan(5);
  for (const block of blocks) expect(() => parse(block)).not.toThrow();
});
