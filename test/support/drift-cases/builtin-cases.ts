import { type DriftCase, data, dynamic, inState } from './drift-case.ts';

const input = (value: unknown, type: unknown = 'string') =>
  inState('a', (attributes) => {
    attributes.input = dynamic(value, type);
    attributes.output = dynamic(value, type);
  });
const text = (value: string) => data('a', `  input = ${JSON.stringify(value)}`);
const sensitive = 'variable "p" {\n  default   = "canary"\n  sensitive = true\n}\n';

/** What can happen to stacks of the built-in provider: their world is the state. */
export const BUILTIN_CASES: Readonly<Record<string, DriftCase>> = {
  'as it was applied': {
    applied: data('a', '  input = "x"') + data('b'),
    status: 'in_sync',
    classes: {},
    because: 'nothing differs',
  },
  'nothing at all': { applied: '', status: 'in_sync', classes: {}, because: 'there is nothing to differ' },
  'a value edited': {
    applied: text('x'),
    outside: input('y'),
    status: 'drifted',
    classes: { 'terraform_data.a': 'real' },
    because: 'terraform would change it, and its configuration is as it was applied',
  },
  'a value nested deep edited': {
    applied: data('a', '  input = { net = { cidrs = ["10.0.0.0/16", "10.1.0.0/16"] } }'),
    outside: input({ net: { cidrs: ['10.0.0.0/16', '10.9.0.0/16'] } }, [
      'object',
      { net: ['object', { cidrs: ['tuple', ['string', 'string']] }] },
    ]),
    status: 'drifted',
    classes: { 'terraform_data.a': 'real' },
    because: 'one element differs',
  },
  'a list in another order': {
    applied: data('a', '  input = ["b", "a"]'),
    outside: input(['a', 'b'], ['tuple', ['string', 'string']]),
    status: 'drifted',
    classes: { 'terraform_data.a': 'real' },
    because: 'the order of a list means something',
  },
  'a set in another order': {
    applied: data('a', '  input = toset(["b", "a"])'),
    outside: input(['b', 'a'], ['set', 'string']),
    status: 'in_sync',
    classes: {},
    because: 'a set has no order, and terraform sees no difference',
  },
  'a text for a number': {
    applied: data('a', '  input = 1'),
    outside: input('1'),
    status: 'drifted',
    classes: { 'terraform_data.a': 'real' },
    because: 'a text is no number',
  },
  'JSON with other white space': {
    applied: text('{"a":1,"b":[1,2]}'),
    outside: input('{ "a": 1,\n  "b": [1, 2] }'),
    status: 'in_sync',
    classes: { 'terraform_data.a': 'noise' },
    because: 'two spellings of one JSON value',
  },
  'JSON with its keys in another order': {
    applied: text('{"a":1,"b":{"c":2,"d":3}}'),
    outside: input('{"b":{"d":3,"c":2},"a":1}'),
    status: 'in_sync',
    classes: { 'terraform_data.a': 'noise' },
    because: 'the keys of an object have no order',
  },
  'JSON longer than what is shown, with other white space': {
    applied: text(JSON.stringify({ list: Array.from({ length: 300 }, (_, i) => `item-${i}`) })),
    outside: input(JSON.stringify({ list: Array.from({ length: 300 }, (_, i) => `item-${i}`) }, null, 2)),
    status: 'in_sync',
    classes: { 'terraform_data.a': 'noise' },
    because: 'they are compared before they are cut',
  },
  'JSON that says something else': {
    applied: text('{"a":1}'),
    outside: input('{ "a": 2 }'),
    status: 'drifted',
    classes: { 'terraform_data.a': 'real' },
    because: 'a value in it differs',
  },
  'JSON with a list in another order': {
    applied: text('{"command":["rm","-r"]}'),
    outside: input('{"command":["-r","rm"]}'),
    status: 'drifted',
    classes: { 'terraform_data.a': 'real' },
    because: 'the order of a list in JSON means something',
  },
  'a text that only looks like JSON': {
    applied: text('1.0'),
    outside: input('1.00'),
    status: 'drifted',
    classes: { 'terraform_data.a': 'real' },
    because: 'only objects and lists are taken for JSON',
  },
  'null for an empty text': {
    applied: text(''),
    outside: inState('a', (attributes) => {
      attributes.input = null;
      attributes.output = null;
    }),
    status: 'in_sync',
    classes: { 'terraform_data.a': 'noise' },
    because: 'null and empty are one to most providers',
  },
  'null for an empty list': {
    applied: data('a', '  input = { tags = [] }'),
    outside: input({ tags: null }, ['object', { tags: ['list', 'string'] }]),
    status: 'in_sync',
    classes: { 'terraform_data.a': 'noise' },
    because: 'null and empty are one to most providers',
  },
  'null for a text': {
    applied: text('x'),
    outside: inState('a', (attributes) => {
      attributes.input = null;
      attributes.output = null;
    }),
    status: 'drifted',
    classes: { 'terraform_data.a': 'real' },
    because: 'a value is gone',
  },
  'noise beside a real difference': {
    applied: data('a', '  input = { policy = "{\\"a\\":1}", size = 1 }'),
    outside: input({ policy: '{ "a": 1 }', size: 2 }, ['object', { policy: 'string', size: 'number' }]),
    status: 'drifted',
    classes: { 'terraform_data.a': 'real' },
    because: 'one of its differences is real',
  },
  'a sensitive value edited': {
    applied: sensitive + data('a', '  input = var.p'),
    outside: input('other-canary'),
    status: 'drifted',
    classes: { 'terraform_data.a': 'real' },
    because: 'that it differs is told, what it is is not',
  },
  'taken out of the state': {
    applied: data('a') + data('b'),
    outside: ({ terraform }) => terraform('state', 'rm', 'terraform_data.a'),
    status: 'drifted',
    classes: { 'terraform_data.a': 'real' },
    because: 'it was applied, and no state knows it any more',
  },
  'put into the state by hand': {
    applied: data('a'),
    outside: ({ editState }) =>
      editState((state) => {
        state.resources.push(JSON.parse(JSON.stringify({ ...state.resources[0], name: 'guest' })));
      }),
    status: 'in_sync',
    classes: { 'terraform_data.guest': 'configuration_pending' },
    because: 'the world is as it was; the state holds more than the configuration',
  },
  'marked as tainted': {
    applied: data('a', '  input = "x"'),
    outside: ({ terraform }) => terraform('taint', 'terraform_data.a'),
    status: 'in_sync',
    classes: { 'terraform_data.a': 'configuration_pending' },
    because: 'somebody wants it replaced: nothing in the world differs',
  },
  'a deposed object left over': {
    applied: data('a', '  input = "x"'),
    outside: ({ editState }) =>
      editState((state) => {
        const instances = state.resources[0]?.instances ?? [];
        instances.push({ ...JSON.parse(JSON.stringify(instances[0])), deposed: '12345678' });
      }),
    status: 'in_sync',
    classes: { 'terraform_data.a': 'configuration_pending' },
    because: 'the rest of a replacement waits to be destroyed: nothing in the world differs',
  },
  'a value that is another one at every plan': {
    applied: data('a', '  input = timestamp()'),
    status: 'unknown',
    classes: { 'terraform_data.a': 'unknown' },
    because: 'what it will be is known after an apply only',
  },
  'what follows from a difference': {
    applied: `${data('a', '  triggers_replace = "x"')}${data('b', '  input = terraform_data.a.id')}`,
    outside: ({ terraform }) => terraform('state', 'rm', 'terraform_data.a'),
    status: 'drifted',
    classes: { 'terraform_data.a': 'real', 'terraform_data.b': 'unknown' },
    because: 'b is not known to differ: it depends on a',
  },
  'names as they may be': {
    applied: `resource "terraform_data" "a" {\n  for_each = toset(["<!channel> *x*", "é", "a\\"b", "a.b[0]"])\n  input    = each.key\n}\n`,
    outside: ({ editState }) =>
      editState((state) => {
        for (const instance of state.resources[0]?.instances ?? []) {
          (instance.attributes as Record<string, unknown>).input = dynamic('other');
        }
      }),
    status: 'drifted',
    classes: {
      'terraform_data.a["<!channel> *x*"]': 'real',
      'terraform_data.a["é"]': 'real',
      'terraform_data.a["a\\"b"]': 'real',
      'terraform_data.a["a.b[0]"]': 'real',
    },
    because: 'each of them differs',
  },
};
