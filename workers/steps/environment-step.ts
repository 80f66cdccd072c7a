import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { readOrNull } from '../../src/platform/process/call-directory.ts';
import type { PipelineContext, PipelineStep } from '../pipeline.ts';
import { createMask } from '../plan/mask-secrets.ts';
import { cliConfigText } from './cli-config.ts';
import { type EnvironmentPhase, engineEnvironment } from './engine-environment.ts';
import { initFingerprint } from './init-fingerprint.ts';
import { knownSecrets, passwordsOf } from './known-secrets.ts';
import { pluginCacheOf, preparePluginCache } from './plugin-cache.ts';
import { writeIfChanged } from './write-if-changed.ts';

/** Knows the run's secrets, names its data directory, and lays out what the engine's processes live in. */
export const environmentStep: PipelineStep = {
  name: 'environment',
  async run(context) {
    const { assignment, facts, hello, paths } = context;
    await maskStep.run(context);
    if (assignment.backend !== 'foreign' && assignment.workspace !== 'default') {
      throw new HoldfastError(
        'invalid',
        `stack \`${assignment.stack}\`: workspace \`${assignment.workspace}\` needs a backend that knows workspaces; the state that Holdfast keeps has one per stack: leave \`workspace\` out and use \`var_files\`, or write a backend such as s3`,
      );
    }
    const { engine } = facts;
    if (!engine) throw new HoldfastError('internal', 'the engine step has to come before the environment step');
    const fingerprint = initFingerprint({ assignment, engine, mirror: hello.providers_mirror });
    paths.dataDir = join(paths.root, 'data', assignment.work_key, fingerprint);
    mkdirSync(paths.scratch, { recursive: true, mode: 0o700 });
    const cache = pluginCacheOf(paths.root, hello.providers_mirror);
    preparePluginCache(cache);
    await writeIfChanged(cliConfigOf(context), cliConfigText(hello.providers_mirror, cache));
    // Refused names are said before anything is started.
    facts.env = await environmentFor(context, 'plan');
    return 'next';
  },
};

/** Knows the run's secrets, also the state tokens that engines of earlier lives were given. */
export const maskStep: PipelineStep = {
  name: 'mask',
  async run({ assignment, facts, paths, workerEnv }) {
    const tokens = await rememberTokens(paths.runDir, assignment.state_url);
    const secrets = await rememberSecrets(paths.runDir, knownSecrets({ ...NOTHING, inputs: assignment.inputs }, {}));
    facts.mask = createMask([...knownSecrets(assignment, workerEnv), ...tokens, ...secrets]);
    return 'next';
  },
};

/** The engine's environment in a phase, as things are now: the lock file tells whether providers of others are used. */
export async function environmentFor(
  context: PipelineContext,
  phase: EnvironmentPhase,
): Promise<Record<string, string>> {
  const { assignment, paths, workerEnv } = context;
  const lock = (await readOrNull(join(paths.stackDir, '.terraform.lock.hcl')).catch(() => null)) ?? '';
  return engineEnvironment({
    assignment,
    phase,
    workerEnv,
    stateRetryMs: context.hello.state_retry_ms,
    scratch: paths.scratch,
    dataDir: dataDirOf(context),
    cliConfig: cliConfigOf(context),
    isBuiltinOnly: !/^\s*provider\s*"/m.test(lock),
  });
}

/** TF_DATA_DIR of the run; the environment step names it. */
export function dataDirOf({ paths }: PipelineContext): string {
  if (paths.dataDir === null) throw new HoldfastError('internal', 'the environment step names the data directory');
  return paths.dataDir;
}

/**
 * An adopted run has a new token, and its engine the old one: both stay out of the log, which would else change its bytes,
 * too. The file lies beside the plan file and goes with it.
 */
async function rememberTokens(runDir: string, stateUrl: string | null): Promise<string[]> {
  const file = join(runDir, 'tokens');
  const known = ((await readOrNull(file)) ?? '').split('\n').filter((line) => line !== '');
  const fresh = stateUrl === null ? [] : passwordsOf(stateUrl).filter((token) => !known.includes(token));
  if (fresh.length > 0) appendFileSync(file, fresh.map((token) => `${token}\n`).join(''), { mode: 0o600 });
  return [...known, ...fresh];
}

/** The same for outputs of other stacks: the engine of an earlier life may know others than those of now. */
async function rememberSecrets(runDir: string, secrets: readonly string[]): Promise<string[]> {
  const file = join(runDir, 'inputs');
  const lines = ((await readOrNull(file)) ?? '').split('\n').filter((line) => line.endsWith('"'));
  const known = lines.map((line) => JSON.parse(line) as string);
  const fresh = secrets.filter((secret) => !known.includes(secret));
  if (fresh.length > 0) {
    appendFileSync(file, fresh.map((secret) => `${JSON.stringify(secret)}\n`).join(''), { mode: 0o600 });
  }
  return [...known, ...fresh];
}

const NOTHING = { environment: [], state_url: null };

const cliConfigOf = ({ paths }: PipelineContext) => join(paths.scratch, 'cli.tfrc');
