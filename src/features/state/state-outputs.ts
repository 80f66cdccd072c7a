import type { Reader } from '../locks/index.ts';
import { OutputsScanner } from './outputs-scanner.ts';
import type { StateKeeper } from './state-keeper.ts';
import type { StateStore, StateVersion } from './state-store.ts';

/** An output as a state holds it. `value` may be a secret: it is never kept, logged or shown. */
export interface StateOutput {
  readonly value: unknown;
  readonly isSensitive: boolean;
}

/** All outputs of one version of a state. */
export interface StateOutputSet {
  /** SHA-256 of the state's bytes. */
  readonly digest: string;
  readonly outputs: ReadonlyMap<string, StateOutput>;
}

/** The outputs of a state with 1,000 of them take some 100 KB. */
const MAX_BYTES = 8 * 1024 ** 2;
/** A destroy leaves a version every few seconds, each without outputs. */
const MAX_RECORDED = 50;

/** Reads outputs out of stored states, as a stream and no further than needed. */
export class StateOutputs {
  readonly #deps: { readonly store: StateStore; readonly keeper: Pick<StateKeeper, 'open'> };

  constructor(deps: { readonly store: StateStore; readonly keeper: Pick<StateKeeper, 'open'> }) {
    this.#deps = deps;
  }

  /** Those of the current state; null where no version ever existed. */
  async current(db: Reader, stack: string): Promise<StateOutputSet | null> {
    const version = await this.#deps.store.latest(db, stack);
    return version && this.#read(version);
  }

  /** Those of the last version that this run did not write; null where there is none (any more). */
  async before(db: Reader, stack: string, run: string): Promise<StateOutputSet | null> {
    const versions = await this.#deps.store.list(db, stack, 500, null);
    const own = versions.filter((version) => version.run === run);
    const first = own.at(-1)?.sequence;
    const version = versions.find(({ sequence }) => first !== undefined && sequence < first);
    return version ? this.#read(version) : null;
  }

  /** Those of the newest versions that are kept, newest first; one that cannot be read is left out. */
  async *recorded(db: Reader, stack: string): AsyncGenerator<ReadonlyMap<string, StateOutput>> {
    for (const version of await this.#deps.store.list(db, stack, MAX_RECORDED, null)) {
      const set = await this.#read(version).catch(() => null);
      if (set) yield set.outputs;
    }
  }

  async #read(version: StateVersion): Promise<StateOutputSet> {
    const scanner = new OutputsScanner(MAX_BYTES);
    const bytes = await this.#deps.keeper.open(version);
    try {
      for await (const chunk of bytes) {
        scanner.write(chunk as Uint8Array);
        if (scanner.isDone) break;
      }
    } finally {
      bytes.destroy();
    }
    return { digest: version.digest, outputs: outputsIn(scanner) };
  }
}

function outputsIn({ text }: OutputsScanner): Map<string, StateOutput> {
  return text === null || text === 'too_large' ? new Map() : parseOutputs(text);
}

/** The outputs of a state's `outputs`, and of what `output -json` prints. */
export function parseOutputs(text: string): Map<string, StateOutput> {
  const found = new Map<string, StateOutput>();
  const all = JSON.parse(text) as Record<string, { value?: unknown; sensitive?: boolean } | null>;
  for (const [name, output] of Object.entries(all)) {
    // OpenTofu and Terraform leave `sensitive` out where it is false.
    if (output && 'value' in output) found.set(name, { value: output.value, isSensitive: output.sensitive === true });
  }
  return found;
}
