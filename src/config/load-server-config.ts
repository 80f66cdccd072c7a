import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Environment } from './environment.ts';
import type { Problem } from './problem.ts';
import type { ServerConfig } from './server-config.ts';
import { serverSchema } from './server-schema.ts';
import { toServerConfig } from './to-server-config.ts';

/** What decides about the configuration besides its file. */
export interface ServerConfigSources {
  /** `--config`; absent: `HOLDFAST_CONFIG`, else `server.yaml` in `cwd`, which alone may be missing. */
  readonly file?: string | undefined;
  readonly cwd: string;
  readonly env: Environment;
  /** Values of flags by key path: `{ listen: '127.0.0.1:0', 'workers.count': 2 }`; undefined ones are left out. */
  readonly flags?: Readonly<Record<string, string | number | boolean | undefined>>;
}

/** The configuration, or null where any problem is an error. Never throws. */
export interface LoadedServerConfig {
  readonly config: ServerConfig | null;
  readonly problems: readonly Problem[];
}

/** Reads server.yaml with everything that goes before it. First form: the checks follow. */
export function loadServerConfig(sources: ServerConfigSources): LoadedServerConfig {
  const file = resolve(sources.cwd, sources.file ?? sources.env.HOLDFAST_CONFIG ?? 'server.yaml');
  const isExplicit = (sources.file ?? sources.env.HOLDFAST_CONFIG) !== undefined;
  let value: Record<string, unknown> = {};
  try {
    value = parse(readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    if (isExplicit) return { config: null, problems: [problem(file, String(error))] };
  }
  for (const [key, flag] of Object.entries(sources.flags ?? {})) if (flag !== undefined) value[key] = flag;
  const parsed = serverSchema.safeParse(value);
  if (!parsed.success) return { config: null, problems: parsed.error.issues.map((i) => problem(file, i.message)) };
  const base = dirname(file);
  const config = toServerConfig(parsed.data, { configFile: file, baseOf: () => base, sourceFileOf: () => null });
  return { config, problems: [] };
}

function problem(file: string, message: string): Problem {
  const none = { line: null, column: null, subject: null, key: null, value: null, wayOut: null };
  return { severity: 'error', file, message, ...none };
}
