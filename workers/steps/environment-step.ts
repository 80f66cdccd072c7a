import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { readOrNull } from '../../src/platform/process/call-directory.ts';
import type { PipelineContext, PipelineStep } from '../pipeline.ts';
import { createMask } from '../plan/mask-secrets.ts';
import { cliConfigText } from './cli-config.ts';
import { type EnvironmentPhase, engineEnvironment } from './engine-environment.ts';
import { initFingerprint } from './init-fingerprint.ts';
import { knownSecrets } from './known-secrets.ts';
import { writeIfChanged } from './write-if-changed.ts';

/** Knows the run's secrets, names its data directory, and lays out what the engine's processes live in. */
export const environmentStep: PipelineStep = {
  name: 'environment',
  async run(context) {
    const { assignment, facts, hello, paths, workerEnv } = context;
    facts.mask = createMask(knownSecrets(assignment, workerEnv));
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
    await writeIfChanged(cliConfigOf(context), cliConfigText(hello.providers_mirror));
    // Refused names are said before anything is started.
    facts.env = await environmentFor(context, 'plan');
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

const cliConfigOf = ({ paths }: PipelineContext) => join(paths.scratch, 'cli.tfrc');
