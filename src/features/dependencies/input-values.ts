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
  /** What a stack's outputs were, newest first, as far as that is kept. */
  readonly recorded: (db: Reader, stack: string) => AsyncIterable<ReadonlyMap<string, OutputValue>>;
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
type Input = Inputs[string];

/** How current values have to be. */
export interface InputAge {
  /** Outputs of states that lie elsewhere are not older (ms); default: they may be. */
  readonly since?: number | null;
  /** A destroy may have what was: what it needs may be destroyed already, and takes its outputs with it. */
  readonly isDestroy?: boolean;
}

/** Outputs of other stacks as inputs of a run, read when it is claimed: they are in no job, no log and no row. */
export class InputValues {
  readonly #deps: InputValuesDeps;

  constructor(deps: InputValuesDeps) {
    this.#deps = deps;
  }

  /** The values as they are now; for a destroy, of what is there no more as it was last. */
  async read(db: Reader, stack: string, inputs: Inputs, age: InputAge = {}): Promise<ReadInputs> {
    const values = new Map<string, InputValue>();
    const sets = new Map<string, FoundOutputs>();
    for (const [name, input] of Object.entries(inputs)) {
      const { stack: from, output } = input;
      if (!sets.has(from)) sets.set(from, await this.#deps.outputsOf(db, from, age.since ?? null));
      const set = sets.get(from) ?? null;
      const current = set && 'outputs' in set ? set.outputs.get(output) : undefined;
      const found = current ?? (age.isDestroy === true ? await this.#last(db, input) : undefined);
      if (found) values.set(name, this.#valueOf(input, found));
      else if (set && 'kind' in set && set.kind === 'unread') return { unread: from };
      else return { fault: faultOf({ stack, name, from, output, set, isDestroy: age.isDestroy === true }) };
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

  /** The value that the stack was applied with where it is still kept, else the newest there is. */
  async #last(db: Reader, input: Input): Promise<OutputValue | undefined> {
    let newest: OutputValue | undefined;
    for await (const outputs of this.#deps.recorded(db, input.stack)) {
      const found = outputs.get(input.output);
      if (!found) continue;
      if (input.digest === undefined || this.#valueOf(input, found).digest === input.digest) return found;
      newest ??= found;
    }
    return newest;
  }

  #valueOf({ stack, output }: Input, { value, isSensitive }: OutputValue): InputValue {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return { text, isSensitive, digest: this.#deps.digest(canonicalJson([stack, output, value])) };
  }
}

function faultOf({ stack, name, from, output, set, isDestroy }: Missing): string {
  const what = `stack ${stack}: input \`${name}\` is output "${output}" of stack ${from}`;
  if (set === null) return `${what}, which has no state yet; apply that first`;
  if ('kind' in set && set.kind === 'unreadable') {
    return `${what}, whose outputs could not be read where its state lies; see: holdfast run ${set.run}`;
  }
  if (isDestroy) {
    return `${what}, and no state of it that is kept has such an output; bring one back: holdfast state restore ${from} --serial N`;
  }
  return `${what}, and its state has no such output; add it to ${from} and apply that, or correct \`inputs\` in holdfast.yaml`;
}

interface Missing {
  readonly stack: string;
  readonly name: string;
  readonly from: string;
  readonly output: string;
  readonly set: FoundOutputs;
  readonly isDestroy: boolean;
}

/** The spec with the digests of the values that the run is planned with. Pure. */
export function withDigests(spec: RunSpec, values: ReadonlyMap<string, InputValue>): RunSpec {
  const inputs = Object.entries(spec.inputs ?? {}).map(([name, input]) => {
    const digest = values.get(name)?.digest;
    return [name, digest === undefined ? input : { ...input, digest }];
  });
  return { ...spec, inputs: Object.fromEntries(inputs) };
}
