import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeTempDir } from '../../../test/support/git-repository.ts';
import { makeStackLab, readTestConfig } from '../../../test/support/stack-fixtures.ts';
import { openWorkingCopy } from '../../platform/git/working-copy.ts';
import { checkStacks } from './check-stacks.ts';

const lab = makeStackLab({ allow: { localState: false, engines: ['terraform'] } });
const temp = makeTempDir('hf-check-');
afterAll(async () => {
  await lab.close();
  temp.remove();
});

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
  const request = { objects: openWorkingCopy(temp.dir), commit: 'working copy', options: lab.options };
  const found = await checkStacks(request, lab.facts, readTestConfig);
  expect(found.map(({ severity, stack, file, line }) => [severity, stack, file, line])).toEqual([
    ['error', 'a', 'modules/m/x.tf', 1],
    ['warning', 'a', 'holdfast.yaml', null],
    ['warning', 'a', 'holdfast.yaml', null],
    ['warning', 'c', 'c/main.tf', 2],
  ]);
});
