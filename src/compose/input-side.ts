import type { RunArtifacts } from '../features/artifacts/index.ts';
import { type FoundOutputs, InputValues, OutputReadings, sqlDependencyStore } from '../features/dependencies/index.ts';
import { artifactAbout, type InputSource } from '../features/execution/index.ts';
import {
  type ApplyWorldDeps,
  type Reader,
  type RunDoor,
  type RunStore,
  sqlStackMarks,
} from '../features/runs/index.ts';
import { parseOutputs, type StateBackend } from '../features/state/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { HoldfastError } from '../kernel/errors.ts';
import type { Random } from '../kernel/random.ts';
import type { RunTable } from '../platform/db/schema.ts';
import type { Keeping } from './keeping.ts';

export interface InputSideOptions {
  readonly state: StateBackend;
  readonly keeping: Keeping;
  readonly artifacts: RunArtifacts;
  readonly runs: RunStore;
  readonly door: RunDoor;
  readonly clock: Clock;
  readonly random: Random;
}

/** More of `output -json` is not taken for inputs. */
const MAX_BYTES = 8 * 1024 ** 2;
/** Each is a file to open, and those of longer ago are no longer kept. */
const MAX_READINGS = 20;

/** Outputs of stacks as inputs of others: from states kept here, else from what a run of its own has read. */
export function createInputs(options: InputSideOptions): InputSource & NonNullable<ApplyWorldDeps['inputs']> {
  const { state, keeping, runs, door, clock, random } = options;
  const marks = sqlStackMarks;
  const readings = new OutputReadings({ store: sqlDependencyStore, runs, door, marks, clock, random });
  const isForeign = async (db: Reader, stack: string) => {
    const applied = await marks.lastApplied(db, stack);
    return applied !== null && (await runs.spec(applied.specDigest, db))?.backend === 'foreign';
  };
  const elsewhere = async (db: Reader, stack: string, since: number | null): Promise<FoundOutputs> => {
    const reading = await readings.find(db, stack, since);
    if (reading.kind === 'read') return readAgain(await openOutputs(options, db, reading.run).catch(isGone));
    return reading.kind === 'failed' ? { kind: 'unreadable', run: reading.run.id } : { kind: 'unread' };
  };
  const values = new InputValues({
    digest: (text) => keeping.digest(text),
    recorded: async function* (db, stack) {
      yield* state.outputs.recorded(db, stack);
      for (const run of await sqlDependencyStore.readings(db, stack, MAX_READINGS)) {
        const text = await openOutputs(options, db, run).catch(isGone);
        if (text !== null) yield parseOutputs(text);
      }
    },
    outputsOf: async (db, stack, since) =>
      (await isForeign(db, stack)) ? elsewhere(db, stack, since) : state.outputs.current(db, stack),
  });
  return {
    read: (db, stack, inputs, age) => values.read(db, stack, inputs, age),
    moved: (db, stack, inputs) => values.moved(db, stack, inputs),
    startReading: (tx, stack, waiting) => readings.start(tx, stack, waiting),
  };
}

function readAgain(text: string | null): FoundOutputs {
  return text === null ? { kind: 'unread' } : { outputs: parseOutputs(text) };
}

/** What was read is kept as long as a plan file. */
function isGone(error: unknown): null {
  if (error instanceof HoldfastError && error.code === 'gone') return null;
  throw error;
}

/** What a reading handed in, in clear. */
async function openOutputs({ artifacts, runs }: InputSideOptions, db: Reader, run: RunTable): Promise<string> {
  const spec = await runs.spec(run.spec_digest, db);
  if (!spec) throw new HoldfastError('internal', `run ${run.id} names a spec that is not stored`);
  const { bytes, size } = await artifacts.openNewest(artifactAbout(run, spec, 'outputs'), db);
  if (size > MAX_BYTES) throw new HoldfastError('too_large', `the outputs of stack ${run.stack} are larger than 8 MB`);
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
