import type { Phase } from '../../kernel/run-status.ts';
import { type InputValue, type ReadInputs, withDigests } from '../dependencies/index.ts';
import type { Reader, RunSpec } from '../runs/index.ts';

/** Reads outputs of other stacks. */
export interface InputSource {
  read(db: Reader, stack: string, inputs: NonNullable<RunSpec['inputs']>): Promise<ReadInputs>;
}

interface Asking {
  readonly stack: string;
  readonly spec: RunSpec;
}

/** The spec that a claimed run is planned with, and why it cannot be where an input is missing. */
export async function settleInputs(
  source: InputSource | null,
  db: Reader,
  { stack, spec }: Asking,
): Promise<{ readonly spec: RunSpec } | { readonly fault: string }> {
  if (!spec.inputs || source === null) return { spec };
  const read = await source.read(db, stack, spec.inputs);
  return 'fault' in read ? read : { spec: withDigests(spec, read.values) };
}

/**
 * The values that its engine gets. An apply has those of its plan in the plan itself: it is given what is still the same,
 * and nothing else.
 */
export async function inputsFor(
  source: InputSource | null,
  db: Reader,
  { stack, spec, phase }: Asking & { readonly phase: Phase },
): Promise<ReadonlyMap<string, InputValue>> {
  if (!spec.inputs || source === null) return new Map();
  const read = await source.read(db, stack, spec.inputs);
  if ('fault' in read) return new Map();
  const isSame = ([name, { digest }]: [string, InputValue]) => spec.inputs?.[name]?.digest === digest;
  return new Map([...read.values].filter((value) => phase === 'plan' || isSame(value)));
}
