import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { checkStacks } from '../../src/compose/check-stacks.ts';
import { validateRepositoryDir } from '../../src/config/validate.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { checkFolder } from '../support/check-folder.ts';
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
  const found = await checkFolder(temp.dir);
  expect(
    found.map(({ severity, subject, file, line, column, key }) => [severity, subject, file, line, column, key]),
  ).toEqual([
    ['error', 'stack "a"', 'modules/m/x.tf', 1, 3, null],
    ['warning', 'stack "a"', 'holdfast.yaml', 3, 30, 'when_modified[0]'],
    ['error', 'stack "a"', 'holdfast.yaml', 3, 57, 'var_files[0]'],
    ['warning', 'stack "c"', 'c/main.tf', 2, null, null],
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
  const found = await checkFolder(dir);
  expect(found.map(({ severity, line, column }) => [severity, line, column])).toEqual([
    ['error', 3, 27],
    ['error', 4, 22],
    ['warning', 5, 27],
  ]);
  expect(found[0]?.message).toContain('a -> b -> a (holdfast.yaml:3, holdfast.yaml:4)');
  expect(found[2]?.message).toContain('unless another repository has it');
});

it('goes on judging stacks where holdfast.yaml itself has errors, and says nothing twice', async () => {
  const dir = join(temp.dir, 'third');
  const yaml = [
    'version: 1',
    'discover: {ignore: [""]}',
    'stacks:',
    '  - {dir: a, engine: tofu, when_modified: ["nothing/**"], depends_on: [b]}',
    '  - {dir: b, depends_on: [a, b], projects: 1}',
    '  - {dir: gone, inputs: {x: {stack: a}}}',
    '  - {dir: ../x}',
    '  - {name: same, dir: c}',
    '  - {name: same, dir: d, var_files: [gone.tfvars]}',
    '  - just text',
  ];
  for (const [path, text] of Object.entries({
    'a/main.tf': '',
    'b/main.tf': 'x {\n',
    'c/main.tf': '',
    'd/main.tf': '',
    'holdfast.yaml': yaml.join('\n'),
  })) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  const { problems } = await validateRepositoryDir(dir, {
    now: 0,
    checkStacks: (path, config) => checkStacks(path, config, systemClock),
  });
  expect(problems.map(({ file, line, key }) => `${file}:${line} ${key}`)).toEqual([
    'b/main.tf:1 null',
    'holdfast.yaml:2 discover.ignore[0]',
    'holdfast.yaml:4 engine',
    'holdfast.yaml:4 when_modified[0]',
    'holdfast.yaml:4 depends_on[0]',
    'holdfast.yaml:5 depends_on[1]',
    'holdfast.yaml:5 projects',
    'holdfast.yaml:6 dir',
    'holdfast.yaml:6 inputs.x.output',
    'holdfast.yaml:7 dir',
    'holdfast.yaml:9 name',
    'holdfast.yaml:9 var_files[0]',
    'holdfast.yaml:10 stacks[6]',
  ]);
});
