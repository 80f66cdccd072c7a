import { inspect } from 'node:util';

/** What stands in every output in place of a secret. */
export const HIDDEN = '(hidden)';

/** A text that cannot be logged, printed or serialised by accident: only `reveal()` gives it out. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. Call it where it is used, and keep the result in no structure. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
