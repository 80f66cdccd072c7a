import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportChanged } from '../../src/compose/changed.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { type AtlantisPatterns, atlantisPlans } from '../support/atlantis-oracle.ts';
import { callCli } from '../support/cli-harness.ts';
import { makeRepository, makeTempDir, type TestRepository } from '../support/git-repository.ts';

const ATLANTIS = `version: 3
automerge: true
projects:
- name: network
  dir: network
- name: app-prod
  dir: app
  workspace: prod
  depends_on: [network]
  autoplan:
    when_modified: ["**/*.tf*", "../modules/**/*.tf", "../config/*", "!**/notes.tf", "!../config/deep/**", "../config/deep/in.json"]
- name: app-dev
  dir: app
  workspace: dev
  autoplan: {when_modified: ["*.tf", "../modules/service/**"]}
- {name: manual, dir: manual, autoplan: {enabled: false}}
`;
const BY_DEFAULT = ['**/*.tf*', '**/terragrunt.hcl', '**/.terraform.lock.hcl'];
const PROJECTS: readonly AtlantisPatterns[] = [
  { name: 'network', dir: 'network', when_modified: BY_DEFAULT },
  {
    name: 'app-prod',
    dir: 'app',
    when_modified: [
      ...['**/*.tf*', '../modules/**/*.tf', '../config/*', '!**/notes.tf'],
      ...['!../config/deep/**', '../config/deep/in.json'],
    ],
  },
  { name: 'app-dev', dir: 'app', when_modified: ['*.tf', '../modules/service/**'] },
];
const PLAIN = 'resource "terraform_data" "a" {}\n';
const FILES = {
  'atlantis.yaml': ATLANTIS,
  'README.md': 'hello',
  'network/main.tf': PLAIN,
  'network/prod.tfvars': 'a = 1\n',
  'network/docs/sketch.tf': PLAIN,
  'network/README.md': 'hello',
  'app/main.tf': 'module "s" {\n  source = "../modules/service"\n}\n',
  'app/deep/more.tf': PLAIN,
  'modules/service/main.tf': PLAIN,
  'modules/service/template.tpl': 'x',
  'modules/other/main.tf': PLAIN,
  'config/settings.json': '{}',
  'config/deep/settings.json': '{}',
  'config/deep/in.json': '{}',
  'manual/main.tf': PLAIN,
};

const temp = makeTempDir('hf-import-');
let repo: TestRepository;
beforeAll(async () => {
  repo = makeRepository(join(temp.dir, 'infra'));
  repo.commit(FILES);
  const { exit, stderr } = await callCli(['import', 'atlantis', 'atlantis.yaml'], { cwd: repo.dir });
  expect([exit, stderr.match(/atlantis\.yaml:\d+/g)]).toEqual([0, ['atlantis.yaml:2', 'atlantis.yaml:16']]);
  repo.commit({ 'holdfast.yaml': readFileSync(join(repo.dir, 'holdfast.yaml'), 'utf8') });
});
afterAll(() => temp.remove());

test.each(Object.keys(FILES).filter((file) => file !== 'atlantis.yaml'))(
  'a change of %s plans what Atlantis plans',
  async (file) => {
    const base = repo.head();
    const head = repo.commit({ [file]: `${readFileSync(join(repo.dir, file), 'utf8')}\n` });
    const world = { env: process.env, clock: systemClock };
    const { stacks } = await reportChanged({ repo: repo.dir, base, head }, world);
    expect(stacks.map(({ name }) => name)).toEqual(atlantisPlans(PROJECTS, [file]).toSorted());
  },
);

test('what exists is kept, and written over only by force', async () => {
  const kept = await callCli(['import', 'atlantis', 'atlantis.yaml'], { cwd: repo.dir });
  expect(kept.exit).toBe(1);
  expect(kept.stderr).toContain('exists already; nothing was written\n  write over it with --force');
  expect((await callCli(['import', 'atlantis', 'atlantis.yaml', '--force'], { cwd: repo.dir })).exit).toBe(0);
  const printed = await callCli(['import', 'atlantis', 'atlantis.yaml', '--output', '-'], { cwd: repo.dir });
  expect(printed.stdout).toBe(readFileSync(join(repo.dir, 'holdfast.yaml'), 'utf8'));
});
