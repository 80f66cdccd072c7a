/** A synthesised stack as it is kept, and what keeps it from being planned. */
export interface NormalisedStack {
  readonly text: string;
  readonly problem: string | null;
}

interface Json {
  readonly [key: string]: unknown;
}

/**
 * Takes out the local backend that cdktf writes into every stack without one: Holdfast keeps that state. What another
 * program wrote on one line is broken into lines, by which errors are told of constructs. Says what cannot work: outputs read from another stack's local state, and paths of the machine that synthesised. `src` is the absolute
 * folder of the sources, `place` the one of the whole synthesis. Pure.
 */
export function normaliseStack(
  name: string,
  text: string,
  { src, place }: { src: string; place: string },
): NormalisedStack {
  const stack = parseObject(text);
  if (stack === null) return { text, problem: `stack \`${name}\`: its cdk.tf.json is no JSON object` };
  const terraform = objectOf(stack.terraform);
  const isDefault = isDefaultBackend(objectOf(objectOf(terraform?.backend)?.local), name, src);
  const { backend: _local, ...rest } = terraform ?? {};
  const { terraform: _terraform, ...others } = stack;
  const kept = isDefault ? { ...others, ...(Object.keys(rest).length > 0 ? { terraform: rest } : {}) } : stack;
  const out = isDefault || !text.trimEnd().includes('\n') ? `${JSON.stringify(kept, null, 2)}\n` : text;
  return { text: out, problem: foreignState(name, stack, src) ?? machinePath(name, out, place) };
}

function isDefaultBackend(local: Json | null, name: string, src: string): boolean {
  if (!local || Object.keys(local).length !== 1 || typeof local.path !== 'string') return false;
  return local.path.startsWith(`${src}/`) && local.path.endsWith(`/terraform.${name}.tfstate`);
}

/** A reference to another stack of the app reads that stack's state where its backend says: a file nobody has here. */
function foreignState(name: string, stack: Json, src: string): string | null {
  const states = objectOf(objectOf(stack.data)?.terraform_remote_state) ?? {};
  for (const [key, value] of Object.entries(states)) {
    const data = objectOf(value);
    const path = objectOf(data?.config)?.path;
    if (data?.backend !== 'local' || typeof path !== 'string' || !path.startsWith(`${src}/`)) continue;
    const other = /terraform\.(.+)\.tfstate$/.exec(path)?.[1] ?? key;
    return `stack \`${name}\` reads outputs of stack \`${other}\` from a local state file, since neither has a backend: give them a remote backend, or pass the values with \`inputs\` of holdfast.yaml`;
  }
  return null;
}

function machinePath(name: string, text: string, place: string): string | null {
  const at = text.indexOf(JSON.stringify(place).slice(1, -1));
  if (at === -1) return null;
  const found = /^[^"\\]{0,300}/.exec(text.slice(at + place.length))?.[0] ?? '';
  return `stack \`${name}\` names a path of the machine that synthesised it (…${found}): use a TerraformAsset, which is copied into the stack`;
}

function parseObject(text: string): Json | null {
  try {
    return objectOf(JSON.parse(text, keepNumber as (key: string, value: unknown) => unknown));
  } catch {
    return null;
  }
}

/** A number that JavaScript would write otherwise (a large one, 1.0) stays as it is written. */
function keepNumber(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source);
}

function objectOf(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}
