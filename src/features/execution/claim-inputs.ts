import type { Phase } from '../../kernel/run-status.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import { type InputAge, type InputValue, isReading, type ReadInputs, withDigests } from '../dependencies/index.ts';
import type { Reader, RunSpec, Tx } from '../runs/index.ts';

/** Reads outputs of other stacks. */
export interface InputSource {
  read(db: Reader, stack: string, inputs: NonNullable<RunSpec['inputs']>, age: InputAge): Promise<ReadInputs>;
  /** Has the outputs of a stack read, and lets the run wait for that. */
  startReading(tx: Tx, stack: string, waiting: RunTable): Promise<void>;
}

interface Asking {
  readonly run: Pick<RunTable, 'stack' | 'kind'>;
  readonly spec: RunSpec;
}

/** The spec that a claimed run is planned with, and why it cannot be where an input is missing. */
export async function settleInputs(
  source: InputSource | null,
  db: Reader,
  { run, spec }: { readonly run: RunTable; readonly spec: RunSpec },
): Promise<{ readonly spec: RunSpec } | { readonly fault: string } | { readonly unread: string }> {
  if (!spec.inputs || source === null || isReading(run)) return { spec };
  const read = await source.read(db, run.stack, spec.inputs, {
    since: run.created_at,
    isDestroy: run.kind === 'destroy',
  });
  return 'values' in read ? { spec: withDigests(spec, read.values) } : read;
}

/**
 * The values that its engine gets. An apply has those of its plan in the plan itself: it is given what is still the same,
 * and nothing else.
 */
export async function inputsFor(
  source: InputSource | null,
  db: Reader,
  { run, spec, phase }: Asking & { readonly phase: Phase },
): Promise<ReadonlyMap<string, InputValue>> {
  if (!spec.inputs || source === null) return new Map();
  const read = await source.read(db, run.stack, spec.inputs, { isDestroy: run.kind === 'destroy' });
  if (!('values' in read)) return new Map();
  const isSame = ([name, { digest }]: [string, InputValue]) => spec.inputs?.[name]?.digest === digest;
  return new Map([...read.values].filter((value) => phase === 'plan' || isSame(value)));
}
