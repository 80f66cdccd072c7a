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
    ['warning', 'stack "a"', 'holdfast.yaml', null],
    ['warning', 'stack "a"', 'holdfast.yaml', null],
    ['warning', 'stack "c"', 'c/main.tf', 2],
  ]);
});
