import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { checkStacks } from '../../src/compose/check-stacks.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { makeTempDir } from '../support/git-repository.ts';

const temp = makeTempDir('hf-check-');
afterAll(() => temp.remove());

it('names what is wrong in a working copy, with file and line, each once', async () => {
  const files = {
    'a/main.tf': 'module "m" {\n  source = "../modules/m"\n}\n',
    'b/main.tf': 'module "m" {\n  source = "../modules/m"\n}\n',
    'c/main.tf': 'terraform {\n  backend "local" {}\n}\n',
    'modules/m/x.tf': 'x {\n',
    'holdfast.yaml': 'version: 1\nstacks:\n  - {dir: a, when_modified: ["nothing/**"], var_files: [gone.tfvars]}\n',
    '.git/config': 'x',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(temp.dir, path)), { recursive: true });
    writeFileSync(join(temp.dir, path), text);
  }
  symlinkSync('../..', join(temp.dir, 'c', 'loop'));
  const found = await checkStacks(temp.dir, systemClock);
  expect(found.map(({ severity, subject, file, line }) => [severity, subject, file, line])).toEqual([
    ['error', 'stack "a"', 'modules/m/x.tf', 1],
    ['warning', 'stack "a"', 'holdfast.yaml', 3],
    ['warning', 'stack "a"', 'holdfast.yaml', 3],
    ['warning', 'stack "c"', 'c/main.tf', 2],
  ]);
});

it('says circles of dependencies as errors, and unknown stacks as what only a server can know', async () => {
  const dir = join(temp.dir, 'second');
  const yaml = [
    'version: 1',
    'stacks:',
    '  - {dir: a, depends_on: [b]}',
    '  - {dir: b, inputs: {x: {stack: a, output: x}}}',
    '  - {dir: c, depends_on: [elsewhere]}',
  ];
  for (const [path, text] of Object.entries({
    'a/main.tf': '',
    'b/main.tf': '',
    'c/main.tf': '',
    'holdfast.yaml': yaml.join('\n'),
    '.git/config': 'x',
  })) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  const found = await checkStacks(dir, systemClock);
  expect(found.map(({ severity, line }) => [severity, line])).toEqual([
    ['error', 3],
    ['error', 4],
    ['warning', 5],
  ]);
  expect(found[0]?.message).toContain('a -> b -> a (holdfast.yaml:3, holdfast.yaml:4)');
  expect(found[2]?.message).toContain('unless another repository has it');
});
