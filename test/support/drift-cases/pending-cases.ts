import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type DriftCase, data, dynamic, file, inState } from './drift-case.ts';

const output = (value: string) => `output "o" {\n  value = ${value}\n}\n`;

/** Plans whose configuration is not the one that was applied, and what is no resource at all. */
export const PENDING_CASES: Readonly<Record<string, DriftCase>> = {
  'configuration: a value': {
    applied: data('a', '  input = "x"'),
    planned: data('a', '  input = "y"'),
    status: 'in_sync',
    classes: { 'terraform_data.a': 'configuration_pending' },
    because: 'the configuration asks for it',
  },
  'configuration: one more': {
    applied: data('a'),
    planned: data('a') + data('b'),
    status: 'in_sync',
    classes: { 'terraform_data.b': 'configuration_pending' },
    because: 'the configuration asks for it',
  },
  'configuration: one less': {
    applied: data('a') + data('b'),
    planned: data('a'),
    status: 'in_sync',
    classes: { 'terraform_data.b': 'configuration_pending' },
    because: 'the configuration asks for it',
  },
  'configuration: replaced': {
    applied: data('a', '  triggers_replace = 1'),
    planned: data('a', '  triggers_replace = 2'),
    status: 'in_sync',
    classes: { 'terraform_data.a': 'configuration_pending' },
    because: 'the configuration asks for it',
  },
  'configuration: moved': {
    applied: data('a', '  input = "x"'),
    planned: `${data('b', '  input = "x"')}moved {\n  from = terraform_data.a\n  to   = terraform_data.b\n}\n`,
    status: 'in_sync',
    classes: { 'terraform_data.b': 'moved' },
    because: 'it is the same object',
  },
  'configuration: moved and changed': {
    applied: data('a', '  input = "x"'),
    planned: `${data('b', '  input = "y"')}moved {\n  from = terraform_data.a\n  to   = terraform_data.b\n}\n`,
    status: 'in_sync',
    classes: { 'terraform_data.b': 'configuration_pending' },
    because: 'the configuration asks for another value',
  },
  'configuration: forgotten': {
    applied: data('a') + data('b'),
    planned: `${data('a')}removed {\n  from = terraform_data.b\n  lifecycle {\n    destroy = false\n  }\n}\n`,
    status: 'in_sync',
    classes: { 'terraform_data.b': 'moved' },
    because: 'only the state changes',
  },
  'configuration: imported': {
    applied: data('a'),
    planned: `${data('a')}${data('b')}import {\n  to = terraform_data.b\n  id = "an-id"\n}\n`,
    status: 'in_sync',
    classes: { 'terraform_data.b': 'moved' },
    because: 'only the state changes',
  },
  'configuration: a value, of a file that is gone': {
    applied: file('a') + data('b', '  input = "x"'),
    planned: file('a') + data('b', '  input = "y"'),
    outside: ({ dir }) => rmSync(join(dir, 'world/a.txt')),
    status: 'drifted',
    classes: { 'local_file.a': 'deleted_outside', 'terraform_data.b': 'configuration_pending' },
    because: 'one drifted, the other is to be changed',
  },
  'configuration: the very file that is gone': {
    applied: file('a'),
    planned: file('a', '  content = "bye"'),
    outside: ({ dir }) => rmSync(join(dir, 'world/a.txt')),
    status: 'drifted',
    classes: { 'local_file.a': 'deleted_outside' },
    because: 'that it is gone was not asked for',
  },
  'outputs: a value': {
    applied: data('a') + output('1'),
    planned: data('a') + output('2'),
    status: 'in_sync',
    classes: { 'output.o': 'output_only' },
    because: 'no resource differs',
  },
  'outputs: one more': {
    applied: data('a'),
    planned: data('a') + output('1'),
    status: 'in_sync',
    classes: { 'output.o': 'output_only' },
    because: 'no resource differs',
  },
  'outputs: one less': {
    applied: data('a') + output('1'),
    planned: data('a'),
    status: 'in_sync',
    classes: { 'output.o': 'output_only' },
    because: 'no resource differs',
  },
  'outputs: edited in the state': {
    applied: data('a') + output('1'),
    outside: ({ editState }) =>
      editState((state) => {
        Object.assign(state, { outputs: { o: { value: 2, type: 'number' } } });
      }),
    status: 'in_sync',
    classes: { 'output.o': 'output_only' },
    because: 'no resource differs',
  },
  'outputs: with the resource they show': {
    applied: data('a', '  input = "x"') + output('terraform_data.a.input'),
    outside: inState('a', (attributes) => {
      attributes.input = dynamic('y');
    }),
    status: 'drifted',
    classes: { 'terraform_data.a': 'real' },
    because: 'the resource differs, its output is as it was',
  },
  'a check that fails': {
    applied: `${data('a', '  input = "x"')}check "c" {\n  assert {\n    condition     = terraform_data.a.input == "y"\n    error_message = "no"\n  }\n}\n`,
    status: 'in_sync',
    classes: {},
    because: 'a check is a warning, nothing differs',
  },
  'another stack whose outputs moved': {
    applied:
      `data "terraform_remote_state" "net" {\n  backend = "local"\n  config = { path = "\${path.module}/net.tfstate" }\n}\n` +
      data('a', '  input = data.terraform_remote_state.net.outputs.id'),
    before: ({ elsewhere }) => elsewhere('output "id" {\n  value = "one"\n}\n'),
    outside: ({ elsewhere }) => elsewhere('output "id" {\n  value = "two"\n}\n'),
    status: 'drifted',
    classes: { 'terraform_data.a': 'real' },
    because: 'what it reads is part of the world, and its own configuration is as it was applied',
  },
};
