/** A configuration to be planned, and what was applied before it. */
export interface PlanCase {
  readonly before?: string;
  readonly after: string;
  /** More arguments of `plan`. */
  readonly args?: readonly string[];
  /** Changes the state, or what is in the folder, between apply and plan. */
  readonly editState?: (state: StateDocument, dir: string) => void;
}

/** As much of a state's JSON as tests change. */
export interface StateDocument {
  serial: number;
  resources: { name: string; instances: Record<string, unknown>[] }[];
}

export const data = (name: string, body = '') => `resource "terraform_data" "${name}" {\n${body}\n}\n`;
const secret = (value: string) => `variable "p" {\n  default   = "${value}"\n  sensitive = true\n}\n`;

const interpolated = (expression: string) => `\${${expression}}`;

const NUMBERS = [
  ...['0', '-1', '127', '128', '255', '256', '-32', '-33', '-128', '-129', '65535', '65536', '-32769'],
  ...['2147483648', '4294967296', '9007199254740993', '9223372036854775807', '-9223372036854775808'],
  ...['9223372036854775808', '18446744073709551615', '1e30', '-1e30', '1e400', '0.1', '0.5', '-0.25', '1e-7'],
  ...['123456789.123456789', '3.14159265358979323846264338327950288', '1/3'],
];
const KEYS = [
  ...['b', 'a', '10', '2', 'a.b', 'a[0]', 'quo\\"te', 'back\\\\slash', 'new\\nline', 'tab\\t', '$${x}', '%%{y}', '$x'],
  ...['é', 'ﬁ', '😀', '\\u200b', '\\u001b', 'module.x', ' ', '__proto__', 'constructor', 'ä😀z', '\\ufffd'],
];
const MODULE = 'module "m" {\n  source   = "./m"\n  for_each = toset(["k.1", "k2", "10"])\n}\n';

/** Plans of every kind that the built-in provider can have. */
export const PLAN_CASES: Readonly<Record<string, PlanCase>> = {
  nested: {
    before: data('a', 'input = { l = [1, "2", true, null], m = { x = { y = ["z"] } }, s = toset(["b", "a"]), e = {} }'),
    after:
      data(
        'a',
        'input = { l = [1, "3", false, []], m = { x = { y = [] } }, s = toset(["c", "a"]), e = [], n = null }',
      ) +
      data('sets', 'input = { o = toset([{ a = 1 }, { a = 2 }]), n = toset([10, 9, 1.5]), b = toset([true, false]) }') +
      data('maps', 'input = { m = tomap({ b = 1, a = 2 }), l = tolist(["x"]), t = tomap({ a = toset(["q"]) }) }') +
      data('plain', 'input = "x"\ntriggers_replace = ["a", 1]') +
      data('nothing', 'input = null'),
  },
  'another type on each side': {
    before: data('a', 'input = { a = 1 }') + data('b', 'input = ["x"]') + data('c', 'input = "x"'),
    after: data('a', 'input = ["y"]') + data('b', 'input = tomap({ x = "y" })') + data('c', 'input = 17'),
  },
  numbers: {
    before: data('a', `input = [${NUMBERS.map((number) => `${number} + 1`).join(', ')}]`),
    after: data('a', `input = [${NUMBERS.join(', ')}]`) + data('list', `input = tolist([${NUMBERS.join(', ')}])`),
  },
  texts: {
    before: data('a', `input = "${'old '.repeat(30_000)}"`),
    after:
      data('a', `input = "${'long '.repeat(30_000)}end"`) +
      data('b', 'input = <<-EOT\n    one\n      two "quoted" <tag> & more\n  EOT') +
      data('c', 'input = { esc = "\\u001b[31m", sep = "\\u2028", emoji = "😀", e = "é", bad = "\\ufffd", b = "" }') +
      data('d', `input = { ${KEYS.map((key, i) => `"${key}" = ${i}`).join('\n')} }`),
  },
  unknown: {
    after:
      data('a', 'input = "x"') +
      data(
        'b',
        'input = { id = terraform_data.a.id, l = ["k", terraform_data.a.id], deep = { o = terraform_data.a.output } }',
      ) +
      data('c', `input = "prefix-${interpolated('terraform_data.a.id')}"`) +
      data('d', 'input = { s = toset([terraform_data.a.id, "k"]), m = tomap({ a = terraform_data.a.id, b = "x" }) }') +
      data('e', 'input = jsonencode({ id = terraform_data.a.id })\ntriggers_replace = terraform_data.a.output') +
      data('f', 'input = { l = split(",", terraform_data.a.id), n = length(terraform_data.a.id), k = 1 }'),
  },
  'unknown after a change': {
    before: data('a', 'triggers_replace = 1') + data('b', 'input = { id = terraform_data.a.id, l = [1, 2], k = "x" }'),
    after:
      data('a', 'triggers_replace = 2') +
      data('b', 'input = { id = terraform_data.a.id, l = [terraform_data.a.id, 2], k = "y" }'),
  },
  sensitive: {
    before:
      secret('old-canary') +
      data('a', 'input = { user = "u", password = var.p }') +
      data('c', 'input = { l = ["x", var.p], "a.b" = { deep = var.p } }') +
      data('d', 'input = var.p') +
      data('open', 'input = "shown"') +
      data('same', 'input = { p = "fixed", q = 1 }'),
    after:
      secret('new-canary') +
      data('a', 'input = { user = "v", password = var.p }') +
      data('b', 'input = var.p\ntriggers_replace = [var.p]') +
      data('c', 'input = { l = ["y", var.p], "a.b" = { deep = var.p, plain = 1 } }') +
      data('d', 'input = nonsensitive(var.p)') +
      data('open', 'input = sensitive("shown")') +
      data('same', 'input = { p = sensitive("fixed"), q = 2 }') +
      data(
        'sets',
        'input = { s = toset(["a", var.p]), o = toset([{ p = var.p }]), m = tomap({ a = var.p, b = "x" }) }',
      ) +
      data('unknown', 'input = { u = sensitive(terraform_data.a.id), l = [sensitive(terraform_data.a.id), "k"] }') +
      data('joined', `input = "user:${interpolated('var.p')}@host"`) +
      data('number', 'input = [sensitive(17), sensitive(null), sensitive([]), sensitive({ a = 1 })]'),
  },
  replaced: {
    before:
      data('a', 'triggers_replace = "1"\ninput = "x"') +
      data('b', 'triggers_replace = "1"\nlifecycle {\n  create_before_destroy = true\n}') +
      data('c') +
      data('d', 'input = "x"') +
      data('e', 'lifecycle {\n  replace_triggered_by = [terraform_data.d]\n}'),
    after:
      data('a', 'triggers_replace = "2"\ninput = "y"') +
      data('b', 'triggers_replace = "2"\nlifecycle {\n  create_before_destroy = true\n}') +
      data('c') +
      data('d', 'input = "y"') +
      data('e', 'lifecycle {\n  replace_triggered_by = [terraform_data.d]\n}'),
    args: ['-replace=terraform_data.c'],
  },
  tainted: {
    before: data('a', 'input = "x"'),
    after: data('a', 'input = "x"'),
    editState: ({ resources }) => {
      for (const { instances } of resources) for (const instance of instances) instance.status = 'tainted';
    },
  },
  deposed: {
    before: data('a', 'input = "x"') + data('b', 'input = "x"'),
    after: data('a', 'input = "y"') + data('b', 'input = "x"'),
    editState: ({ resources }) => {
      for (const { instances } of resources) {
        for (const deposed of ['ffffffff', '00000000']) instances.push({ ...instances[0], deposed });
      }
    },
  },
  moved: {
    before: data('alone', 'input = "x"') + data('changed', 'input = "x"') + data('counted', 'input = "x"\ncount = 2'),
    after:
      data('alone2', 'input = "x"') +
      data('changed2', 'input = "y"') +
      data('counted', 'input = "x"\nfor_each = toset(["a"])') +
      'moved {\n  from = terraform_data.alone\n  to = terraform_data.alone2\n}\n' +
      'moved {\n  from = terraform_data.changed\n  to = terraform_data.changed2\n}\n' +
      'moved {\n  from = terraform_data.counted[0]\n  to = terraform_data.counted["a"]\n}\n',
  },
  'moved, seen by a refresh': {
    before: `${data('alone', 'input = "x"')}output "o" {\n  value = 1\n}\n`,
    after:
      data('alone2', 'input = "x"') +
      'moved {\n  from = terraform_data.alone\n  to = terraform_data.alone2\n}\noutput "o" {\n  value = 2\n}\n',
    args: ['-refresh-only'],
  },
  removed: {
    before:
      data('forgotten', 'input = "x"') +
      data('gone', 'input = "x"') +
      data('counted', 'count = 3') +
      data('keyed', 'for_each = toset(["a", "b.c"])') +
      data('wrong', 'count = 1') +
      MODULE,
    after:
      'removed {\n  from = terraform_data.forgotten\n  lifecycle {\n    destroy = false\n  }\n}\n' +
      data('counted', 'count = 1') +
      data('keyed', 'for_each = toset(["a"])') +
      data('wrong', 'for_each = toset(["x"])') +
      MODULE.replace('"k2", ', ''),
  },
  imported: {
    after:
      data('plain') +
      data('changed', 'input = "x"') +
      'import {\n  to = terraform_data.plain\n  id = "an-id"\n}\nimport {\n  to = terraform_data.changed\n  id = "other"\n}\n',
  },
  keys: {
    after:
      data('n', 'count = 12') +
      data('k', `for_each = toset([${KEYS.map((key) => `"${key}"`).join(', ')}])\ninput = each.key`) +
      data('B') +
      data('a-b') +
      MODULE,
  },
  outputs: {
    before:
      `${secret('canary')}output "gone" {\n  value = { a = 1 }\n}\noutput "changed" {\n  value = "x"\n}\noutput "same" {\n  value = [1]\n}\n` +
      'output "opened" {\n  value = "x"\n  sensitive = true\n}\noutput "closed" {\n  value = "x"\n}\n',
    after:
      `${secret('canary2') + data('a')}output "new" {\n  value = { l = [1, null], n = 0.1 }\n}\noutput "changed" {\n  value = [1, 2]\n}\n` +
      'output "same" {\n  value = [1]\n}\noutput "secret" {\n  value = { p = var.p }\n  sensitive = true\n}\n' +
      'output "unknown" {\n  value = terraform_data.a.id\n}\noutput "partly" {\n  value = { id = terraform_data.a.id, k = [1] }\n}\n' +
      'output "opened" {\n  value = "y"\n}\noutput "closed" {\n  value = "y"\n  sensitive = true\n}\noutput "Z" {\n  value = toset(["b", "a"])\n}\n' +
      'output "nothing" {\n  value = null\n}\noutput "secret_unknown" {\n  value = terraform_data.a.id\n  sensitive = true\n}\n',
  },
  'data sources': {
    before: data('a'),
    after:
      data('b') +
      'data "terraform_remote_state" "later" {\n  backend = "local"\n  config = {\n    path = terraform_data.b.id\n  }\n}\n' +
      'output "o" {\n  value = data.terraform_remote_state.later.outputs\n}\n',
  },
  destroyed: {
    before: `${secret('canary')}${data('a', 'input = { p = var.p }')}${data('b', 'count = 2')}output "o" {\n  value = 1\n}\n`,
    after: `${secret('canary')}${data('a', 'input = { p = var.p }')}${data('b', 'count = 2')}output "o" {\n  value = 1\n}\n`,
    args: ['-destroy'],
  },
  checked: {
    after:
      data('a', 'lifecycle {\n  postcondition {\n    condition = self.id != ""\n    error_message = "x"\n  }\n}') +
      'check "c" {\n  assert {\n    condition = terraform_data.a.input != null\n    error_message = "fails"\n  }\n}\n',
  },
  targeted: { after: data('a') + data('b'), args: ['-target=terraform_data.b'] },
  many: {
    after: data('a', `count = 400\ninput = { i = count.index, name = "n${interpolated('count.index')}", l = [1, 2] }`),
  },
};

/** The module that some cases call. */
export const CASE_MODULE = data('inner', 'input = "x"') + data('Inner', 'count = 2');
