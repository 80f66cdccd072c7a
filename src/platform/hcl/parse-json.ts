import { digestOf } from '../../kernel/digest.ts';
import { valuesOfJson, visitJsonString } from './json-template.ts';
import type { BackendBlock, ModuleCall, ParsedFile, PathPart, RemoteState, StatePlace } from './parsed-file.ts';
import { PathCollector, type StringContext } from './path-collector.ts';
import { isPlaceSetting, onlyValue } from './state-place.ts';
import type { SyntaxReader } from './syntax-tree.ts';

const MAX_DEPTH = 200;
const NO_CONTEXT: StringContext = { attribute: '', inBuilder: false, isArgument: false };

type Json = Readonly<Record<string, unknown>>;

/** What configuration in JSON syntax says (`*.tf.json`, and what HashiCorp's parser makes of HCL). */
export function extractJsonConfig(reader: SyntaxReader, value: unknown): ParsedFile {
  const top = bodies(value);
  const into = new PathCollector();
  const terraform = top.flatMap((body) => bodies(body.terraform));
  for (const body of top) {
    for (const [type, content] of Object.entries(body)) {
      if (type !== 'terraform' && type !== 'module')
        visitJson(reader, content, into, { ...NO_CONTEXT, attribute: type });
    }
    for (const [, call] of named(body.module)) {
      const { source: _source, version: _version, ...rest } = call;
      visitJson(reader, rest, into, NO_CONTEXT);
    }
  }
  const data = top.flatMap((body) => bodies(body.data));
  if (data.some((body) => 'external' in body)) into.doubt(1, 'an external program may read any file');
  return {
    problem: null,
    modules: top.flatMap((body) => named(body.module).map(([name, call]) => toModule(reader, name, call))),
    backends: terraform.flatMap((body) => toBackends(reader, body)),
    required_version: terraform.flatMap((body) => literal(body.required_version) ?? []),
    providers: terraform.flatMap((body) => bodies(body.required_providers).map((providers) => digestOf(providers))),
    remote_states: data.flatMap((body) =>
      named(body.terraform_remote_state).map(([name, s]) => toRemoteState(reader, name, s)),
    ),
    locals: readLocals(reader, top),
    paths: into.uses,
    doubts: into.doubts,
    text: null,
  };
}

/** The strings of a `.tfvars.json` file: values, not templates. */
export function extractJsonValues(value: unknown): Pick<ParsedFile, 'paths' | 'doubts'> {
  const into = new PathCollector();
  visitJson(null, value, into, NO_CONTEXT);
  return { paths: into.uses, doubts: [] };
}

/** JSON syntax lets a block be an object or a list of them. */
function bodies(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(bodies);
  return typeof value === 'object' && value !== null ? [value as Json] : [];
}

function named(value: unknown): [string, Json][] {
  return bodies(value).flatMap((body) =>
    Object.entries(body).flatMap(([name, content]) => bodies(content).map((one): [string, Json] => [name, one])),
  );
}

function literal(value: unknown): string | null {
  return typeof value === 'string' && !value.includes('${') && !value.includes('%{') ? value : null;
}

function toModule(reader: SyntaxReader, name: string, call: Json): ModuleCall {
  const source = literal(call.source);
  const computed =
    source === null && typeof call.source === 'string' ? { computed: textValue(reader, call.source) } : {};
  return { name, source, ...computed, version: literal(call.version), line: 1 };
}

function toBackends(reader: SyntaxReader, body: Json): BackendBlock[] {
  const blocks = named(body.backend);
  for (const cloud of bodies(body.cloud)) blocks.push(['cloud', cloud]);
  return blocks.map(([type, content]) => ({
    type,
    attributes: Object.keys(content).filter((key) => key !== '//'),
    digest: digestOf({ type, content }),
    place: toPlace(reader, content),
    line: 1,
  }));
}

function toRemoteState(reader: SyntaxReader, name: string, content: Json): RemoteState {
  const { workspace } = content;
  return {
    name,
    backend: literal(content.backend),
    workspace: typeof workspace === 'string' ? textValue(reader, workspace) : null,
    place: Object.assign({}, ...bodies(content.config).map((body) => toPlace(reader, body))),
    line: 1,
  };
}

function toPlace(reader: SyntaxReader, settings: Json): StatePlace {
  const out: Record<string, readonly PathPart[]> = {};
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === 'string' && isPlaceSetting(name)) out[name] = textValue(reader, value);
  }
  const inner = bodies(settings.workspaces)[0]?.name;
  if (typeof inner === 'string') out['workspaces.name'] = textValue(reader, inner);
  return out;
}

function textValue(reader: SyntaxReader, text: string): readonly PathPart[] {
  return onlyValue(valuesOfJson(reader, text));
}

function readLocals(reader: SyntaxReader, top: readonly Json[]): Record<string, PathPart[]> {
  const out: Record<string, PathPart[]> = {};
  for (const [name, value] of top.flatMap((body) => bodies(body.locals)).flatMap((body) => Object.entries(body))) {
    const values = typeof value === 'string' ? valuesOfJson(reader, value) : [];
    const first = values[0]?.[0];
    if (values.length === 1 && values[0] && first && !('unknown' in first) && name !== '__proto__')
      out[name] = values[0];
  }
  return out;
}

function visitJson(
  reader: SyntaxReader | null,
  value: unknown,
  into: PathCollector,
  context: StringContext,
  depth = 0,
): void {
  if (depth > MAX_DEPTH) throw new RangeError('the configuration is nested too deeply');
  if (typeof value === 'string') {
    if (reader) visitJsonString(reader, value, into, context);
    else if (value !== '') into.addString([{ text: value }], 1, context);
  } else if (Array.isArray(value)) {
    for (const item of value) visitJson(reader, item, into, context, depth + 1);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === '//') continue;
      if (reader && key === 'provisioner') into.doubt(1, "a provisioner's command may read any file");
      visitJson(reader, inner, into, { ...context, attribute: key }, depth + 1);
    }
  }
}
