import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DriftCase, data, file, type Outside } from './drift-case.ts';

const lose =
  (...names: string[]): Outside =>
  ({ dir }) => {
    for (const name of names) rmSync(join(dir, `world/${name}.txt`));
  };
const edit =
  (name: string, text: string): Outside =>
  ({ dir }) =>
    writeFileSync(join(dir, `world/${name}.txt`), text);
const reader = (name: string) => `data "local_file" "${name}" {\n  filename = "\${path.module}/world/seen.txt"\n}\n`;
const MODULE = 'module "m" {\n  source   = "./files"\n  for_each = toset(["a", "b"])\n  name     = each.key\n}\n';
const key = 'resource "tls_private_key" "k" {\n  algorithm = "ECDSA"\n}\n';
const certificate = (early: number) =>
  `${key}resource "tls_self_signed_cert" "c" {\n  key_algorithm = "ECDSA"\n  private_key_pem = tls_private_key.k.private_key_pem\n` +
  `  allowed_uses = ["server_auth"]\n  validity_period_hours = 12\n  early_renewal_hours = ${early}\n  subject {\n    common_name = "a"\n  }\n}\n`;

/** What can happen to files, times, certificates and random values. */
export const PROVIDER_DRIFT_CASES: Readonly<Record<string, DriftCase>> = {
  'a file removed': {
    applied: file('a') + file('b'),
    outside: lose('a'),
    status: 'drifted',
    classes: { 'local_file.a': 'deleted_outside' },
    because: 'it was applied, and is gone',
  },
  'a file edited': {
    applied: file('a'),
    outside: edit('a', 'bye'),
    status: 'drifted',
    classes: { 'local_file.a': 'deleted_outside' },
    because: 'this provider takes an edited file for one that is gone',
  },
  'a file edited and put right': {
    applied: file('a'),
    outside: edit('a', 'hello'),
    status: 'in_sync',
    classes: {},
    because: 'it is as it was applied',
  },
  'the mode of a file': {
    applied: file('a'),
    outside: ({ dir }) => chmodSync(join(dir, 'world/a.txt'), 0o600),
    status: 'in_sync',
    classes: {},
    because: 'this provider does not look at it: it cannot be known',
  },
  'all files removed': {
    applied: file('a') + file('b') + file('c'),
    outside: ({ dir }) => rmSync(join(dir, 'world'), { recursive: true }),
    status: 'drifted',
    classes: {
      'local_file.a': 'deleted_outside',
      'local_file.b': 'deleted_outside',
      'local_file.c': 'deleted_outside',
    },
    because: 'all of them are gone',
  },
  'a secret file removed': {
    applied: file('a', '  sensitive_content = "canary"'),
    outside: lose('a'),
    status: 'drifted',
    classes: { 'local_file.a': 'deleted_outside' },
    because: 'it is gone; its content is not told',
  },
  'a file of a module removed': {
    applied: MODULE,
    outside: lose('b'),
    status: 'drifted',
    classes: { 'module.m["b"].local_file.f': 'deleted_outside' },
    because: 'it is gone from one instance of the module',
  },
  'one of many removed': {
    applied: `resource "local_file" "f" {\n  count    = 40\n  filename = "\${path.module}/world/f\${count.index}.txt"\n  content  = "x"\n}\n`,
    outside: lose('f17'),
    status: 'drifted',
    classes: { 'local_file.f[17]': 'deleted_outside' },
    because: 'one of forty is gone',
  },
  'a file removed, seen by a refresh': {
    applied: file('a'),
    args: ['-refresh-only'],
    outside: lose('a'),
    status: 'drifted',
    classes: { 'local_file.a': 'deleted_outside' },
    because: 'it is gone, whatever a plan would do about it',
  },
  'a file removed that another resource names': {
    applied: `${file('a')}${data('b', '  input = local_file.a.id')}`,
    outside: lose('a'),
    status: 'drifted',
    classes: { 'local_file.a': 'deleted_outside', 'terraform_data.b': 'unknown' },
    because: 'b is not known to differ: it depends on a',
  },
  'a file that is read changed': {
    applied: `${reader('seen')}${data('a', '  input = data.local_file.seen.content')}`,
    outside: edit('seen', 'two'),
    status: 'drifted',
    classes: { 'terraform_data.a': 'real' },
    because: 'what is read is part of the world',
  },
  'a file that an output shows changed': {
    applied: `${reader('seen')}output "o" {\n  value = data.local_file.seen.content\n}\n`,
    outside: edit('seen', 'two'),
    status: 'in_sync',
    classes: { 'output.o': 'output_only' },
    because: 'no resource differs',
  },
  'random values as they were': {
    applied: 'resource "random_string" "r" {\n  length = 8\n}\nresource "random_pet" "p" {}\n',
    status: 'in_sync',
    classes: {},
    because: 'they are made once',
  },
  'a random value of another length': {
    applied: 'resource "random_string" "r" {\n  length = 8\n}\n',
    planned: 'resource "random_string" "r" {\n  length = 9\n}\n',
    status: 'in_sync',
    classes: { 'random_string.r': 'configuration_pending' },
    because: 'the configuration asks for it',
  },
  'triggers that never rest': {
    applied: 'resource "null_resource" "n" {\n  triggers = { always = timestamp() }\n}\n',
    status: 'unknown',
    classes: { 'null_resource.n': 'unknown' },
    because: 'what it will be is known after an apply only',
  },
  'a null resource as it was': {
    applied: 'resource "null_resource" "n" {\n  triggers = { once = "x" }\n}\n',
    status: 'in_sync',
    classes: {},
    because: 'nothing differs',
  },
  'a time as it was': {
    applied: 'resource "time_static" "t" {}\nresource "time_offset" "o" {\n  offset_days = 7\n}\n',
    status: 'in_sync',
    classes: {},
    because: 'nothing differs',
  },
  'a time that has run out': {
    applied: 'resource "time_rotating" "t" {\n  rfc3339       = "2020-01-01T00:00:00Z"\n  rotation_days = 1\n}\n',
    status: 'drifted',
    classes: { 'time_rotating.t': 'deleted_outside' },
    because: 'its provider takes a time that has run out for one that is gone',
  },
  'a certificate as it was': {
    applied: certificate(1),
    status: 'in_sync',
    classes: { 'tls_self_signed_cert.c': 'noise' },
    because: 'its provider gives back a value of its own in another way',
  },
  'a certificate that has to be renewed': {
    applied: certificate(13),
    status: 'drifted',
    classes: { 'tls_self_signed_cert.c': 'deleted_outside' },
    because: 'its provider takes a certificate that has run out for one that is gone',
  },
};
