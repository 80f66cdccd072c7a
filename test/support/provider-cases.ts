import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PlanCase } from './plan-cases.ts';

/** What the cases below need, to be found in a mirror. */
export const PROVIDERS = `terraform {
  required_providers {
${['local', 'null', 'time', 'tls'].map((name) => `    ${name} = { source = "hashicorp/${name}" }`).join('\n')}
  }
}
`;
const file = (name: string, body: string) =>
  `resource "local_file" "${name}" {\n  filename = "\${path.module}/${name}.txt"\n${body}\n}\n`;
const loses = (name: string) => (_state: unknown, dir: string) => rmSync(join(dir, `${name}.txt`));
const subject = (name: string) => `  subject {\n    common_name = "${name}"\n    organization = "o"\n  }\n`;
const certificate = (hours: string, name: string) =>
  'resource "tls_private_key" "k" {\n  algorithm = "ECDSA"\n}\nresource "tls_self_signed_cert" "c" {\n  key_algorithm = "ECDSA"\n' +
  '  private_key_pem = tls_private_key.k.private_key_pem\n  allowed_uses = ["digital_signature", "server_auth"]\n' +
  `  dns_names = ["a.example", "b.example"]\n  validity_period_hours = ${hours}\n${subject(name)}}\n`;
const offset = (days: string, at: string) =>
  `resource "time_offset" "t" {\n  base_rfc3339 = "${at}"\n  offset_days = ${days}\n}\nresource "time_static" "s" {\n  rfc3339 = "${at}"\n}\n`;

/** Plans with providers of their own schemas: sensitive attributes, numbers, blocks, drift. */
export const PROVIDER_CASES: Readonly<Record<string, PlanCase>> = {
  'sensitive by schema': {
    before: file('a', '  sensitive_content = "old-canary"') + file('b', '  content = "open"'),
    after:
      file('a', '  sensitive_content = "new-canary"') +
      file('b', '  sensitive_content = "open"') +
      file('c', '  sensitive_content = "third-canary"\n  file_permission = "0600"') +
      'resource "terraform_data" "copy" {\n  input = { c = local_file.c.sensitive_content, id = local_file.c.id }\n}\n',
  },
  'lost outside': {
    before: file('a', '  sensitive_content = "old-canary"') + file('b', '  content = "x"'),
    after: `${file('a', '  sensitive_content = "old-canary"')}output "o" {\n  value = local_file.a.id\n}\n`,
    editState: loses('a'),
  },
  'lost outside, seen by a refresh': {
    before: file('a', '  sensitive_content = "old-canary"') + file('b', '  content = "x"'),
    after: file('a', '  sensitive_content = "old-canary"') + file('b', '  content = "x"'),
    editState: loses('a'),
    args: ['-refresh-only'],
  },
  'blocks, lists and numbers': {
    before: certificate('12', 'one'),
    after: certificate('24', 'two'),
  },
  'blocks, lists and numbers of something new': { after: certificate('12', 'one') },
  'blocks, lists and numbers at their end': { before: certificate('12', 'one'), after: '' },
  'times in numbers': {
    before: offset('1', '2020-02-12T06:36:13Z'),
    after: offset('17', '2020-02-12T06:36:13Z').replace(
      '"time_static" "s" {',
      '"time_static" "s" {\n  triggers = { a = "b" }',
    ),
  },
  'maps and aliases': {
    before: 'resource "null_resource" "n" {\n  triggers = { a = "1", "b.c" = "x" }\n}\n',
    after:
      'provider "null" {\n  alias = "other"\n}\nresource "null_resource" "n" {\n  triggers = { a = "2", "b.c" = terraform_data.a.id }\n}\n' +
      'resource "null_resource" "m" {\n  provider = null.other\n  count = 2\n}\nresource "terraform_data" "a" {}\n',
  },
};
