import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { computeChanged } from '../../src/features/changes/index.ts';
import { checkFolder } from '../support/check-folder.ts';
import { MemoryObjects } from '../support/memory-objects.ts';
import { makeStackLab, readTestConfig } from '../support/stack-fixtures.ts';

const lab = makeStackLab();
const YAML = 'version: 1\nstacks: [{name: infra, dir: py, cdktf: {command: python3 main.py}}]\n';
afterAll(() => lab.close());
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hf-apps-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

test('`changed` runs no app: it names those that are touched, and no stack of theirs', async () => {
  const objects = new MemoryObjects();
  const files = {
    'holdfast.yaml': YAML,
    'py/main.py': '',
    'web/cdktf.json': '{"app":"node main.ts"}',
    'net/main.tf': '',
  };
  const base = objects.commit(files);
  const head = objects.commit({ ...files, 'py/main.py': '# more\n', 'net/main.tf': 'locals {}\n' });
  const question = { objects, base, head, facts: lab.facts, readConfig: readTestConfig, options: lab.options };
  const { stacks, warnings } = await computeChanged(question);
  expect(stacks.map(({ name }) => name)).toEqual(['net']);
  expect(warnings).toEqual([expect.stringMatching(/^the CDKTF app in py is touched: /)]);
});

test('`validate` finds nothing wrong with an app, and a directory that is not there', async () => {
  mkdirSync(join(dir, 'py'));
  writeFileSync(join(dir, 'py', 'main.py'), '');
  writeFileSync(join(dir, 'holdfast.yaml'), YAML);
  expect(await checkFolder(dir)).toEqual([]);
  rmSync(join(dir, 'py'), { recursive: true });
  expect((await checkFolder(dir)).map(({ message }) => message)).toEqual(['py is no directory of the repository']);
});

test('`validate` checks the entry of an app, and knows that its stacks may be needed', async () => {
  mkdirSync(join(dir, 'py'), { recursive: true });
  mkdirSync(join(dir, 'net'), { recursive: true });
  writeFileSync(join(dir, 'py', 'main.py'), '');
  writeFileSync(join(dir, 'net', 'main.tf'), '');
  const app = 'dir: py, cdktf: {command: python3 main.py}';
  const lines = [
    'stacks:',
    `  - {name: infra, ${app}, when_modified: ["nope/**", "*.py"], var_files: [a.tfvars], depends_on: [net, gone]}`,
    '  - {dir: net, depends_on: [infra/one, infras/one]}',
  ];
  writeFileSync(join(dir, 'holdfast.yaml'), lines.join('\n'));
  expect((await checkFolder(dir)).map(({ line, key, message }) => `${line} ${key} ${message.slice(0, 20)}`)).toEqual([
    '3 depends_on[1] names "infras/one", ',
    '2 when_modified[0] matches no file',
    '2 var_files[0] has no effect: the s',
    '2 depends_on[1] is no stack (unless ',
  ]);
});
