import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOrNull } from '../../src/platform/process/call-directory.ts';
import { type PipelineContext, warn } from '../pipeline.ts';
import { dataDirOf } from './environment-step.ts';
import { forgetInit } from './init-record.ts';
import { changedLockText, enginePlatform, type LockPlace, missingLockText, refusedLockText } from './provider-lock.ts';
import { type InitEnd, type InitLabel, runInit } from './run-init.ts';

const LOCK = '.terraform.lock.hcl';

/**
 * Keeps the repository's own lock file aside, before init or an earlier one's result is written over it. A run that was
 * adopted finds what its first life kept.
 */
export async function keepRepositoryLock({ paths }: PipelineContext): Promise<void> {
  const kept = keptFile(paths.runDir);
  if ((await readOrNull(kept)) !== null) return;
  writeFileSync(kept, (await readOrNull(join(paths.stackDir, LOCK))) ?? '', { mode: 0o600 });
}

/**
 * Initialises, and compares the lock file with the repository's: one that had to be changed is a failed init whose
 * `problem` says what to type; where there is none, a warning says which versions were chosen.
 */
export async function initialise(context: PipelineContext, label: InitLabel): Promise<InitEnd> {
  const init = await runInit(context, label);
  const place = placeOf(context);
  if (!init.isDone) return { ...init, problem: refusedLockText(init.told.diagnostics, place) };
  const [before, after] = await Promise.all([readOrNull(keptFile(context.paths.runDir)), lockOf(context)]);
  const problem = before ? changedLockText(before, after, place) : null;
  if (problem === null) return init;
  await forgetInit(dataDirOf(context));
  return { ...init, isDone: false, problem };
}

/** Warns where the repository has no lock file and init, now or before, had to choose providers. */
export async function warnOfMissingLock(context: PipelineContext): Promise<void> {
  if ((await readOrNull(keptFile(context.paths.runDir))) !== '') return;
  const told = missingLockText(await lockOf(context), placeOf(context));
  if (told !== null) warn(context, told);
}

async function lockOf({ paths }: PipelineContext): Promise<string> {
  return (await readOrNull(join(paths.stackDir, LOCK))) ?? '';
}

function placeOf({ assignment, hello, paths }: PipelineContext): LockPlace {
  return {
    engine: assignment.engine.name,
    dir: assignment.dir,
    mirror: hello.providers_mirror,
    platform: enginePlatform(process.platform, process.arch),
    isSynthesised: existsSync(join(paths.stackDir, 'cdk.tf.json')),
  };
}

const keptFile = (runDir: string) => join(runDir, 'repository.lock.hcl');
