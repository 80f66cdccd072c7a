import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isBuiltinOnly } from './plugin-cache.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hf-builtin-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const OWN = 'resource "terraform_data" "a" {}\ndata "terraform_remote_state" "b" {}\n';
const call = (source: string) => `module "m" {\n  source = "${source}"\n}\n`;

it.each<[string, Record<string, string>, boolean]>([
  ['what is built in', { 'main.tf': OWN }, true],
  ['local modules of that', { 'main.tf': call('../m'), '../m/x.tf': OWN + call('../n'), '../n/x.tf': OWN }, true],
  ['a provider of a module', { 'main.tf': call('../m'), '../m/x.tf': 'resource "null_resource" "a" {}' }, false],
  ['a module from elsewhere', { 'main.tf': call('git::https://example.com/m') }, false],
  ['a provider that is required', { 'main.tf': 'terraform {\n  required_providers {}\n}' }, false],
  ['a lock file with one', { 'main.tf': OWN, '.terraform.lock.hcl': 'provider "x" {\n}\n' }, false],
  ['JSON', { 'main.tf.json': '{}' }, false],
])('a stack with %s', async (_name, files, is) => {
  for (const [path, text] of Object.entries(files)) {
    const file = join(dir, 'stack', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(await isBuiltinOnly(join(dir, 'stack'))).toBe(is);
});
