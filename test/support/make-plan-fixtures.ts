import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { cliConfigText } from '../../workers/steps/cli-config.ts';
import { PROVIDER_CASES, PROVIDERS } from './provider-cases.ts';

/**
 * Makes `test/fixtures/plans/` anew with the terraform on PATH: `node test/support/make-plan-fixtures.ts`. The plan with providers
 * needs HOLDFAST_TEST_MIRROR, a folder with them; without it that fixture stays as it is.
 */
const TARGET = new URL('../fixtures/plans/', import.meta.url).pathname;

interface Case {
  readonly before?: string;
  readonly after: string;
  readonly args?: readonly string[];
}

const data = (name: string, body = '') => `resource "terraform_data" "${name}" {\n${body}\n}\n`;

const CASES: Readonly<Record<string, Case>> = {
  create: { after: data('a', '  input = { name = "x", tags = { "k/v" = "1" }, list = [1, { deep = true }] }') },
  unchanged: { before: data('a', '  input = "x"'), after: data('a', '  input = "x"') },
  mixed: {
    before: [
      data('changed', '  input = { name = "x", list = ["a", "b"] }'),
      data('replaced', '  triggers_replace = "1"'),
      data('gone'),
      data('from'),
      data('forgotten'),
      'output "o" {\n  value = "old"\n}\noutput "dropped" {\n  value = 1\n}\n',
    ].join(''),
    after: [
      data('changed', '  input = { name = "y", list = ["a", "c", "d"] }'),
      data('replaced', '  triggers_replace = "2"'),
      data('to'),
      data('imported'),
      'moved {\n  from = terraform_data.from\n  to   = terraform_data.to\n}\n',
      'removed {\n  from = terraform_data.forgotten\n  lifecycle {\n    destroy = false\n  }\n}\n',
      'import {\n  to = terraform_data.imported\n  id = "an-id"\n}\n',
      'data "terraform_remote_state" "r" {\n  backend = "local"\n  config = {\n    path = "none.tfstate"\n  }\n  depends_on = [terraform_data.replaced]\n}\n',
      'output "o" {\n  value = { a = "new" }\n}\n',
    ].join(''),
  },
  sensitive: {
    before:
      'variable "p" {\n  default = "old-canary"\n  sensitive = true\n}\n' +
      data('a', '  input = { user = "u", password = var.p }'),
    after:
      'variable "p" {\n  default = "new-canary"\n  sensitive = true\n}\n' +
      data('a', '  input = { user = "v", password = var.p }') +
      data('b', '  input = var.p') +
      'output "o" {\n  value = var.p\n  sensitive = true\n}\n',
  },
  destroy: { before: data('a', '  input = "x"'), after: data('a', '  input = "x"'), args: ['-destroy'] },
  broken: { after: data('a', '  wrong = 1') },
};

const MIRROR = process.env.HOLDFAST_TEST_MIRROR ?? null;
const together = (side: 'before' | 'after') =>
  ['sensitive by schema', 'times in numbers'].map((name) => PROVIDER_CASES[name]?.[side]);
const providers: Case = {
  before: [PROVIDERS, ...together('before')].join(''),
  after: [PROVIDERS, ...together('after')].join(''),
};

for (const [name, { before, after, args = [] }] of Object.entries({ ...CASES, ...(MIRROR ? { providers } : {}) })) {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-fixture-'));
  writeFileSync(join(dir, 'cli.tfrc'), cliConfigText(MIRROR));
  const env = {
    PATH: process.env.PATH ?? '',
    TF_CLI_CONFIG_FILE: join(dir, 'cli.tfrc'),
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
  };
  const terraform = (...words: string[]) =>
    execaSync('terraform', words, { cwd: dir, env, extendEnv: false, reject: false }).stdout;
  const write = (text: string) => writeFileSync(join(dir, 'main.tf'), text);
  if (before) {
    write(before);
    terraform('init');
    terraform('apply', '-auto-approve');
  }
  write(after);
  terraform('init');
  const stream = terraform('plan', '-json', '-out=plan', '-detailed-exitcode', ...args);
  mkdirSync(TARGET, { recursive: true });
  writeFileSync(join(TARGET, `${name}.stream.jsonl`), `${stream}\n`);
  const shown = terraform('show', '-json', 'plan');
  if (name !== 'broken') {
    writeFileSync(join(TARGET, `${name}.show.json`), shown);
    copyFileSync(join(dir, 'plan'), join(TARGET, `${name}.tfplan`));
  }
  if (name === 'providers')
    writeFileSync(join(TARGET, `${name}.schemas.json`), terraform('providers', 'schema', '-json'));
  rmSync(dir, { recursive: true });
}
