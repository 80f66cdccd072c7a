import { createReadStream, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../src/kernel/clock.ts';
import { HoldfastError } from '../../src/kernel/errors.ts';
import type { EngineEnd, PipelineContext } from '../pipeline.ts';
import { MINIMAL_PATH } from '../steps/engine-environment.ts';
import { dataDirOf } from '../steps/environment-step.ts';
import { BUILTIN_PROVIDER, type ProviderSchemas, type TypeRef } from './provider-schemas.ts';
import { collectSchemaLines, readStoredSchemas, schemasIn, storeSchemas } from './schema-file.ts';
import { SchemaScanner } from './schema-scanner.ts';
import { unreadable } from './unreadable.ts';
import { membersOf } from './value-shape.ts';

/** The largest known schema of one resource type has three megabytes. */
const MAX_SCHEMA = 8 * 1024 * 1024;
/** An engine that could not print schemas is asked again after so long. */
const RETRY_MS = 3_600_000;
const MAX_BUILTIN = 100;
/** By binary: what is built in is the same in every stack. */
const builtin = new Map<string, ProviderSchemas>();

/**
 * The schemas for these types, as far as they matter: those of the built-in provider are asked once per binary, those of others
 * once per init and kept beside its marker. Rejects with `engine` where the engine does not print them.
 */
export async function loadSchemas(context: PipelineContext, types: readonly TypeRef[]): Promise<ProviderSchemas> {
  const isBuiltin = ({ provider }: TypeRef) => provider === BUILTIN_PROVIDER;
  const own = types.some(isBuiltin) ? await builtinSchemas(context) : undefined;
  const others = types.every(isBuiltin) ? undefined : await stackSchemas(context);
  return { membersOf: (ref) => (isBuiltin(ref) ? own : others)?.membersOf(ref) };
}

/** Asked in a folder of its own, where there is nothing of the stack: no backend, no variables, no tokens. */
async function builtinSchemas(context: PipelineContext): Promise<ProviderSchemas> {
  const { scratch } = context.paths;
  const { binary } = engineOf(context);
  const { ino, size, mtimeMs } = statSync(binary);
  const key = [binary, ino, size, mtimeMs].join('\0');
  const before = builtin.get(key);
  if (before) return before;
  const cwd = join(scratch, 'builtin');
  await mkdir(cwd, { recursive: true, mode: 0o700 });
  await writeFile(join(cwd, 'main.tf'), 'resource "terraform_data" "any" {}\n');
  const env = {
    PATH: MINIMAL_PATH,
    HOME: scratch,
    TMPDIR: scratch,
    CHECKPOINT_DISABLE: '1',
    TF_DATA_DIR: join(cwd, '.terraform'),
  };
  const text = await scan(
    await context.runEngine({ label: 'builtin-schemas', binary, args: ARGS, cwd, env, quiet: true }),
  );
  if (text === null) throw unreadable('the engine prints no schemas of its own');
  const schemas = schemasIn(Buffer.from(text));
  if (builtin.size >= MAX_BUILTIN) builtin.clear();
  builtin.set(key, schemas);
  return schemas;
}

const ARGS = ['providers', 'schema', '-json'];

async function stackSchemas(context: PipelineContext): Promise<ProviderSchemas> {
  const dataDir = dataDirOf(context);
  const stored = await readStoredSchemas(dataDir);
  if (stored?.kind === 'known') return stored.schemas;
  if (stored && systemClock.now() - stored.at < RETRY_MS) throw unreadable('the engine prints no schemas');
  const { env } = context.facts;
  if (!env) throw new HoldfastError('internal', 'the environment step has to come before the schemas');
  const { binary } = engineOf(context);
  const cwd = context.paths.stackDir;
  const end = await context.runEngine({ label: 'schemas', binary, args: ARGS, cwd, env, quiet: true });
  const text = await scan(end);
  if (end.stopped === null) await storeSchemas(dataDir, text);
  if (text === null) throw unreadable('the engine prints no schemas');
  return schemasIn(Buffer.from(text));
}

/** What remains of the schemas that a call printed; null where it printed none in a format that we know. */
async function scan(end: EngineEnd): Promise<string | null> {
  if (end.exitCode !== 0 || end.stopped !== null) return null;
  const lines = collectSchemaLines();
  const scanner = new SchemaScanner((provider, type, json) => {
    // A schema that is too large, or none that we can read, is not there: such resources are left to the engine.
    if (json === null || /\s/.test(provider + type)) return;
    try {
      lines.add({ provider, type }, membersOf((JSON.parse(json) as { block?: unknown }).block));
    } catch (error) {
      if (!(error instanceof HoldfastError) && !(error instanceof SyntaxError)) throw error;
    }
  }, MAX_SCHEMA);
  let isFirst = true;
  for await (const chunk of createReadStream(end.outFile, { highWaterMark: 128 * 1024 })) {
    const bytes = chunk as Buffer;
    if (isFirst && !/^\s*\{"format_version":"1\.\d+",/.test(bytes.toString('latin1', 0, 100))) return null;
    isFirst = false;
    scanner.push(bytes);
  }
  return isFirst ? null : lines.text();
}

function engineOf({ facts }: PipelineContext): { readonly binary: string } {
  if (!facts.engine) throw new HoldfastError('internal', 'the engine step has to come before the schemas');
  return facts.engine;
}
