import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Environment } from '../config/environment.ts';
import { HoldfastError } from '../kernel/errors.ts';

export interface ReadDataDirOptions {
  readonly config: string | undefined;
  readonly env: Environment;
  readonly cwd: string;
}

/**
 * The data folder alone, absolute. It reads server.yaml no further than that: whoever looks at a running instance from
 * another shell has not the secrets its server.yaml names, and a broken file must not hide what runs.
 */
export async function readDataDir({ config, env, cwd }: ReadDataDirOptions): Promise<string> {
  if (env.HOLDFAST_DATA_DIR !== undefined && env.HOLDFAST_DATA_DIR !== '') return resolve(cwd, env.HOLDFAST_DATA_DIR);
  const named = config ?? (env.HOLDFAST_CONFIG === '' ? undefined : env.HOLDFAST_CONFIG);
  const file = resolve(cwd, named ?? 'server.yaml');
  const text = await readText(file, named !== undefined);
  const { parse } = await import('yaml');
  let value: unknown = null;
  try {
    value = text === null ? null : parse(text, { logLevel: 'silent' });
  } catch (error) {
    throw new HoldfastError('invalid', `${file} is no YAML, so its data_dir is not known`, {
      cause: error,
      treatment: { kind: 'human', wayOut: `see all of it with \`holdfast validate --config ${file}\`` },
    });
  }
  const dataDir = typeof value === 'object' && value !== null && 'data_dir' in value ? value.data_dir : undefined;
  return resolve(dirname(file), typeof dataDir === 'string' ? dataDir : './.holdfast');
}

async function readText(file: string, isNamed: boolean): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!isNamed) return null;
    throw new HoldfastError('invalid', `cannot read ${file}`, { cause: error });
  }
}
