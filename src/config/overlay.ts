import type { z } from 'zod';
import type { Environment } from './environment.ts';
import { isMap, pathKey, quote } from './key-path.ts';
import { nearest } from './nearest.ts';
import type { Problem } from './problem.ts';
import type { Origin } from './reporter.ts';
import type { ReadSecretFile } from './resolve-references.ts';
import { type Shape, scalarFields } from './schema-walk.ts';

/** Values of flags by key path with dots: `listen`, `workers.count`. Undefined: not given. */
export type Flags = Readonly<Record<string, string | number | boolean | undefined>>;

/** Variables of ours that are no key of server.yaml. */
const RESERVED = ['HOLDFAST_CONFIG', 'HOLDFAST_SERVER', 'HOLDFAST_TOKEN'];

export interface OverlaySources {
  readonly schema: z.ZodType;
  readonly env: Environment;
  readonly flags: Flags;
  readonly readFile: ReadSecretFile;
  /** Only the settings of these blocks; default: all. */
  readonly only?: readonly string[] | undefined;
}

/** A value with environment and flags applied, and by path where each of them came from. */
export interface Overlaid {
  readonly value: unknown;
  readonly origins: ReadonlyMap<string, Origin>;
  readonly problems: readonly Problem[];
}

/** `HOLDFAST_PROVIDERS_MIRROR` for `providers.mirror`. */
function variableOf(path: readonly string[]): string {
  return `HOLDFAST_${path.join('_').toUpperCase()}`;
}

/** Applies what goes before the file: first the environment, then flags. Does not change the value it is given. */
export function applyOverlay(value: unknown, sources: OverlaySources): Overlaid {
  const problems: Problem[] = [];
  const origins = new Map<string, Origin>();
  const settings = scalarFields(sources.schema).filter(({ path }) => path.join('.') !== 'version');
  let result = value;
  for (const { path, shape } of settings) {
    if (sources.only?.includes(path[0] ?? '') === false) continue;
    const found = fromFlags(path, sources.flags) ?? fromEnvironment(path, sources, problems);
    if (found === null) continue;
    result = withValue(result, path, typeof found.value === 'string' ? coerce(found.value, shape) : found.value);
    origins.set(pathKey(path), { place: found.place });
  }
  const known = settings.map(({ path }) => variableOf(path));
  return { value: result, origins, problems: [...problems, ...strangers(sources.env, known)] };
}

interface Found {
  readonly value: string | number | boolean;
  readonly place: string;
}

function fromFlags(path: readonly string[], flags: Flags): Found | null {
  const value = flags[path.join('.')];
  return value === undefined ? null : { value, place: `flag --${path.join('-').replaceAll('_', '-')}` };
}

function fromEnvironment(path: readonly string[], sources: OverlaySources, problems: Problem[]): Found | null {
  const name = variableOf(path);
  // Empty is unset: compose files make `HOLDFAST_X=` of a variable that nobody gave.
  const direct = sources.env[name] || undefined;
  const file = sources.env[`${name}_FILE`] || undefined;
  if (direct !== undefined) {
    if (file !== undefined) problems.push(environmentProblem('warning', name, `goes before ${name}_FILE`, 'unset one'));
    return { value: direct, place: `environment ${name}` };
  }
  if (file === undefined) return null;
  const read = sources.readFile(file);
  if ('text' in read) return { value: read.text, place: `environment ${name}_FILE` };
  problems.push(
    environmentProblem('error', `${name}_FILE`, `cannot be had: ${read.wrong}`, 'create it, or correct the path'),
  );
  return null;
}

/** Text of the environment as the number or truth value the schema wants; anything else is left for the schema to refuse. */
function coerce(text: string, shape: Shape): string | number | boolean {
  if (shape.kind === 'number' && /^-?\d{1,15}(\.\d+)?$/.test(text)) return Number(text);
  if (shape.kind === 'boolean' && /^(true|1)$/i.test(text)) return true;
  if (shape.kind === 'boolean' && /^(false|0)$/i.test(text)) return false;
  return text;
}

/** A copy with one value set; maps on the way are made. A value that is no map stays as it is, to be refused. */
function withValue(value: unknown, path: readonly string[], set: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return set;
  const map = value === undefined || value === null ? {} : value;
  return isMap(map) ? { ...map, [key]: withValue(map[key], rest, set) } : value;
}

/** Variables that are near one of ours. Far ones are left alone: Kubernetes makes many (`HOLDFAST_SERVICE_HOST`). */
function strangers(env: Environment, known: readonly string[]): Problem[] {
  const all = [...RESERVED, ...known.flatMap((name) => [name, `${name}_FILE`])];
  return Object.keys(env)
    .filter((name) => name.startsWith('HOLDFAST_') && !all.includes(name) && name !== 'HOLDFAST_VERSION')
    .filter((name) => !/_SERVICE_(HOST|PORT)|_PORT(_|$)/.test(name))
    .flatMap((name) => {
      const meant = nearest(
        name.slice('HOLDFAST_'.length),
        all.map((other) => other.slice('HOLDFAST_'.length)),
      );
      if (meant === null) return [];
      return [environmentProblem('warning', name, 'sets nothing', `did you mean HOLDFAST_${meant}?`)];
    })
    .slice(0, 20);
}

function environmentProblem(severity: Problem['severity'], name: string, message: string, wayOut: string): Problem {
  const none = { line: null, column: null, subject: null, value: null };
  return { severity, file: 'environment', ...none, key: quote(name, 100).slice(1, -1), message, wayOut };
}
