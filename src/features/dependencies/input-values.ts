import { canonicalJson } from '../../kernel/digest.ts';
import type { Reader, RunSpec } from '../runs/index.ts';

/** An output as a state holds it. */
interface OutputValue {
  readonly value: unknown;
  readonly isSensitive: boolean;
}

export interface InputValuesDeps {
  /** Outputs of the stack's stored state; null where no version ever existed. */
  readonly outputsOf: (
    db: Reader,
    stack: string,
  ) => Promise<{ readonly outputs: ReadonlyMap<string, OutputValue> } | null>;
  /** Whether the stack keeps its state somewhere else. */
  readonly isForeign: (db: Reader, stack: string) => Promise<boolean>;
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
  | { readonly fault: string };

type Inputs = NonNullable<RunSpec['inputs']>;

/** Outputs of other stacks as inputs of a run, read when it is claimed: they are in no job, no log and no row. */
export class InputValues {
  readonly #deps: InputValuesDeps;

  constructor(deps: InputValuesDeps) {
    this.#deps = deps;
  }

  /** The values as they are now. */
  async read(db: Reader, stack: string, inputs: Inputs): Promise<ReadInputs> {
    const values = new Map<string, InputValue>();
    const sets = new Map<string, ReadonlyMap<string, OutputValue> | null>();
    for (const [name, { stack: from, output }] of Object.entries(inputs)) {
      if (!sets.has(from)) sets.set(from, (await this.#deps.outputsOf(db, from))?.outputs ?? null);
      const set = sets.get(from) ?? null;
      const found = set?.get(output);
      if (!found) return { fault: await this.#fault(db, { stack, name, from, output, hasState: set !== null }) };
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
    for (const [name, { stack: from, output, digest }] of Object.entries(inputs)) {
      if (digest !== undefined && read.values.get(name)?.digest !== digest) {
        return `output "${output}" of stack ${from} (input \`${name}\`) is another one than it was planned with`;
      }
    }
    return null;
  }

  async #fault(db: Reader, about: Missing): Promise<string> {
    const { stack, name, from, output, hasState } = about;
    const what = `stack ${stack}: input \`${name}\` is output "${output}" of stack ${from}`;
    if (hasState) {
      return `${what}, and its state has no such output; add it to ${from} and apply that, or correct \`inputs\` in holdfast.yaml`;
    }
    if (await this.#deps.isForeign(db, from)) {
      return `${what}, whose state lies in a backend of its own, which Holdfast does not read; give the value in \`environment\`, or read it with terraform_remote_state`;
    }
    return `${what}, which has no state yet; apply that first`;
  }
}

interface Missing {
  readonly stack: string;
  readonly name: string;
  readonly from: string;
  readonly output: string;
  readonly hasState: boolean;
}

/** The spec with the digests of the values that the run is planned with. Pure. */
export function withDigests(spec: RunSpec, values: ReadonlyMap<string, InputValue>): RunSpec {
  const inputs = Object.entries(spec.inputs ?? {}).map(([name, input]) => {
    const digest = values.get(name)?.digest;
    return [name, digest === undefined ? input : { ...input, digest }];
  });
  return { ...spec, inputs: Object.fromEntries(inputs) };
}
