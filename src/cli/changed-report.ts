import type { ChangeReason } from '../kernel/stack-entry.ts';

/** What `holdfast changed` asks: revisions as the user wrote them, the repository as an absolute path. */
export interface ChangedRequest {
  readonly repo: string;
  readonly base: string;
  readonly head: string;
}

/** What it prints: full commit ids, stacks by name, each with all its reasons. */
export interface ChangedReport {
  readonly base: string;
  readonly head: string;
  readonly stacks: readonly {
    readonly name: string;
    readonly dir: string;
    readonly reasons: readonly ChangeReason[];
  }[];
  /** What was odd and did not stop it: a broken holdfast.yaml, a file that does not parse. */
  readonly warnings: readonly string[];
}
