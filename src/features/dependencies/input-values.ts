import { canonicalJson } from '../../kernel/digest.ts';
import type { Reader, RunSpec } from '../runs/index.ts';

/** An output as a state holds it. */
interface OutputValue {
  readonly value: unknown;
  readonly isSensitive: boolean;
}

/** null: there is no state. */
export type FoundOutputs =
  | { readonly outputs: ReadonlyMap<string, OutputValue> }
  /** They have to be read by a run of their own first. */
  | { readonly kind: 'unread' }
  /** That run ended badly. */
  | { readonly kind: 'unreadable'; readonly run: string }
  | null;

export interface InputValuesDeps {
  /** Outputs of a stack; of a state that lies elsewhere those that were read at `since` (ms) or later (null: whenever). */
  readonly outputsOf: (db: Reader, stack: string, since: number | null) => Promise<FoundOutputs>;
  /** A digest that tells nobody what it is of, not even by trying: keyed with what the database does not have. */
  readonly digest: (text: string) => string;
}

/** One input of a run as its engine gets it. */
export interface InputValue {
  /** Text of `TF_VAR_<name>`. */
  readonly text: string;
  readonly isSensitive: boolean;
  /** Of the value; goes into the run's spec. */
  readonly digest: string;
}

export type ReadInputs =
  | { readonly values: ReadonlyMap<string, InputValue> }
  /** A sentence for people that names stack, output and who wants it. */
  | { readonly fault: string }
  /** Outputs of this stack have to be read first. */
  | { readonly unread: string };

type Inputs = NonNullable<RunSpec['inputs']>;

/** Outputs of other stacks as inputs of a run, read when it is claimed: they are in no job, no log and no row. */
export class InputValues {
  readonly #deps: InputValuesDeps;

  constructor(deps: InputValuesDeps) {
    this.#deps = deps;
  }

  /** The values as they are now; those of states elsewhere not older than `since`. */
  async read(db: Reader, stack: string, inputs: Inputs, since: number | null = null): Promise<ReadInputs> {
    const values = new Map<string, InputValue>();
    const sets = new Map<string, FoundOutputs>();
    for (const [name, { stack: from, output }] of Object.entries(inputs)) {
      if (!sets.has(from)) sets.set(from, await this.#deps.outputsOf(db, from, since));
      const set = sets.get(from) ?? null;
      if (set && 'kind' in set && set.kind === 'unread') return { unread: from };
      const found = set && 'outputs' in set ? set.outputs.get(output) : undefined;
      if (!found) return { fault: faultOf({ stack, name, from, output, set }) };
      const { value, isSensitive } = found;
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      values.set(name, { text, isSensitive, digest: this.#deps.digest(canonicalJson([from, output, value])) });
    }
    return { values };
  }

  /** Why a plan that was made with these digests is no longer about the outputs as they are; null where it is. */
  async moved(db: Reader, stack: string, inputs: Inputs | undefined): Promise<string | null> {
    if (!inputs || Object.values(inputs).every(({ digest }) => digest === undefined)) return null;
    const read = await this.read(db, stack, inputs);
    if ('fault' in read) return read.fault;
    if ('unread' in read) return `the outputs of stack ${read.unread} were never read`;
    for (const [name, { stack: from, output, digest }] of Object.entries(inputs)) {
      if (digest !== undefined && read.values.get(name)?.digest !== digest) {
        return `output "${output}" of stack ${from} (input \`${name}\`) is another one than it was planned with`;
      }
    }
    return null;
  }
}

function faultOf({ stack, name, from, output, set }: Missing): string {
  const what = `stack ${stack}: input \`${name}\` is output "${output}" of stack ${from}`;
  if (set === null) return `${what}, which has no state yet; apply that first`;
  if ('kind' in set && set.kind === 'unreadable') {
    return `${what}, whose outputs could not be read where its state lies; see: holdfast run ${set.run}`;
  }
  return `${what}, and its state has no such output; add it to ${from} and apply that, or correct \`inputs\` in holdfast.yaml`;
}

interface Missing {
  readonly stack: string;
  readonly name: string;
  readonly from: string;
  readonly output: string;
  readonly set: FoundOutputs;
}

/** The spec with the digests of the values that the run is planned with. Pure. */
export function withDigests(spec: RunSpec, values: ReadonlyMap<string, InputValue>): RunSpec {
  const inputs = Object.entries(spec.inputs ?? {}).map(([name, input]) => {
    const digest = values.get(name)?.digest;
    return [name, digest === undefined ? input : { ...input, digest }];
  });
  return { ...spec, inputs: Object.fromEntries(inputs) };
}
