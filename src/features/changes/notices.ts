import type { Tx } from '../runs/index.ts';

/** Something that people are told of the instance, in words. */
export interface Notice {
  readonly repository: string | null;
  readonly title: string;
  readonly sentences: readonly string[];
}

/** Tells people (`instance.notice`), in the transaction of what is told. */
export interface Notices {
  tell(tx: Tx, notice: Notice): Promise<void>;
}
