import { createHash } from 'node:crypto';
import { type StateFacts, StateFactsReader } from './state-facts.ts';

/** What is known of a state once all its bytes were looked at. */
export interface Inspected {
  readonly facts: StateFacts;
  /** MD5 of its bytes, hex: what Terraform's http protocol checks with. */
  readonly md5: string;
}

/** Looks at a state's bytes while they pass by: constant memory. Throws `invalid` where they are no state. */
export class StateInspection {
  readonly #reader = new StateFactsReader();
  readonly #md5 = createHash('md5');

  write(chunk: Uint8Array): void {
    this.#reader.write(chunk);
    this.#md5.update(chunk);
  }

  end(): Inspected {
    return { facts: this.#reader.end(), md5: this.#md5.digest('hex') };
  }
}
