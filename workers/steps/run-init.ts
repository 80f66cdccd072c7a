import { createReadStream, readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { systemClock } from '../../src/kernel/clock.ts';
import { HoldfastError } from '../../src/kernel/errors.ts';
import type { EngineEnd, PipelineContext } from '../pipeline.ts';
import { createPlanStream, type PlanStreamResult } from '../plan/plan-stream.ts';
import { wasCalled } from './call-evidence.ts';
import { dataDirOf, environmentFor } from './environment-step.ts';
import { forgetInit, pruneInits, recordInit } from './init-record.ts';
import { installing } from './plugin-cache.ts';

/** How init ended; `isDone` false: it failed, and nothing may be planned. */
export interface InitEnd {
  readonly isDone: boolean;
  readonly end: EngineEnd;
  readonly told: PlanStreamResult;
  /** Why it counts as failed, where that is about the lock file: a sentence with what to type. */
  readonly problem?: string | null;
}

/** The first one of a run, or the one after a plan that asked for it. */
export type InitLabel = 'init' | 'init-again';

/** Initialises the run's data directory from scratch (providers that are there stay) and marks it when that succeeded. */
export async function runInit(context: PipelineContext, label: InitLabel): Promise<InitEnd> {
  const dataDir = dataDirOf(context);
  // An init that already runs, or has ended, in this run's directory is found there and must not be disturbed.
  if (!(await wasCalled(context.paths, label))) await forgetInit(dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  let end = await installing(context, () => callInit(context, label, ['-json']));
  let told = await readStream(context, end);
  // Engines before terraform 1.9 know no `-json` here.
  if (end.exitCode === 1 && told.plainLines.length + told.diagnostics.length === 0 && (await knowsNoJson(end))) {
    end = await installing(context, () => callInit(context, label, ['-no-color']));
    told = await readStream(context, end);
  }
  const isDone = end.exitCode === 0 && end.stopped === null;
  if (isDone) {
    await recordInit(dataDir, context.paths.stackDir, systemClock);
    await pruneInits(dataDir);
  }
  return { isDone, end, told };
}

async function callInit(context: PipelineContext, label: InitLabel, more: readonly string[]): Promise<EngineEnd> {
  const { engine } = context.facts;
  if (!engine) throw new HoldfastError('internal', 'the engine step has to come before init');
  return context.runEngine({
    label,
    binary: engine.binary,
    args: ['init', '-input=false', ...more],
    cwd: context.paths.stackDir,
    env: await environmentFor(context, 'init'),
  });
}

async function knowsNoJson(end: EngineEnd): Promise<boolean> {
  let head = '';
  for await (const chunk of createReadStream(end.errFile, { end: 4095, encoding: 'utf8' })) head += chunk;
  return head.includes('flag provided but not defined: -json');
}

/** Read at once: a stream costs ten times as much. */
const SMALL = 128 * 1024;

/** What a call's output told, read from its file in chunks. */
export async function readStream(context: PipelineContext, end: EngineEnd): Promise<PlanStreamResult> {
  const { assignment, paths, facts } = context;
  const stream = createPlanStream({ dir: assignment.dir, work: paths.work, mask: facts.mask ?? ((text) => text) });
  if (statSync(end.outFile).size <= SMALL) stream.push(readFileSync(end.outFile));
  else for await (const chunk of createReadStream(end.outFile, { highWaterMark: SMALL })) stream.push(chunk as Buffer);
  return stream.end();
}
