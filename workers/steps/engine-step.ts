import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { type PipelineContext, type PipelineFacts, type PipelineStep, warn } from '../pipeline.ts';
import { MINIMAL_PATH } from './engine-environment.ts';
import { type ProbedEngine, probeEngine } from './engine-version.ts';
import { findOnPath, versionsIn } from './find-engines.ts';
import { newerStateText } from './newer-state.ts';
import { binaryName, type FoundEngines, resolveEngine } from './resolve-engine.ts';

/** Finds the binary for the stack's engine and version. */
export const engineStep: PipelineStep = {
  name: 'engine',
  async run(context) {
    const { assignment, hello, workerEnv } = context;
    const { name } = assignment.engine;
    const binary = binaryName(name);
    const dir = hello.engines_dir;
    const [versions, pathBinary] = await Promise.all([
      dir === null ? [] : versionsIn(dir, binary),
      findOnPath(binary, workerEnv.PATH),
    ]);
    const onPath =
      pathBinary === null ? null : { binary: pathBinary, ...(await probe(context, 'version-path', pathBinary)) };
    const found: FoundEngines = { dir, versions, onPath };
    const chosen = resolveEngine({ stack: assignment.stack, ...assignment.engine }, found);
    if (chosen.from === 'path' && pathBinary) {
      return use(context, { binary: pathBinary, name, version: chosen.version });
    }
    const file = join(dir ?? '', chosen.version, binary);
    const probed = await probe(context, 'version', file);
    if (!('version' in probed) || probed.version !== chosen.version) {
      const what = 'version' in probed ? `is ${name} ${probed.version}` : probed.problem;
      throw new HoldfastError('engine', `${file} ${what}: put ${name} ${chosen.version} for this machine there`);
    }
    return use(context, { binary: file, name, version: chosen.version });
  },
};

/** Goes on with that engine; a state that a newer one wrote is named before anything is planned. */
function use(context: PipelineContext, engine: NonNullable<PipelineFacts['engine']>): 'next' {
  const { assignment, facts } = context;
  facts.engine = engine;
  const told = newerStateText(assignment.stack, engine, assignment.state_version);
  if (told !== null) warn(context, told);
  return 'next';
}

async function probe(context: PipelineContext, label: string, binary: string): Promise<ProbedEngine> {
  const { scratch } = context.paths;
  mkdirSync(scratch, { recursive: true });
  const env = {
    PATH: MINIMAL_PATH,
    HOME: scratch,
    TMPDIR: scratch,
    CHECKPOINT_DISABLE: '1',
    TF_DATA_DIR: join(scratch, 'none'),
  };
  return probeEngine({ label, binary, cwd: scratch, env }, (call) => context.runEngine(call));
}
