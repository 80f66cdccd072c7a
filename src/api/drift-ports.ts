import type { RunTable } from '../platform/db/schema.ts';
import type { DriftReport, FindingJson } from './contract-drift.ts';

/** What the API needs of drift. */
export interface DriftPort {
  /** A check of each stack, joining one that is open; `run` is null for one that was never applied. */
  check(
    stacks: readonly string[],
    actor: string,
  ): Promise<readonly { readonly stack: string; readonly run: RunTable | null }[]>;
  /** Names of all stacks that can be checked. */
  checkable(): Promise<readonly string[]>;
  report(sees: (stack: string) => boolean): Promise<DriftReport>;
  /** Name of the stack that a finding is of; throws `not_found`. */
  stackOf(finding: string): Promise<string>;
  acknowledge(
    finding: string,
    ack: { readonly reason: string; readonly until: number | null; readonly actor: string },
  ): Promise<FindingJson>;
  resume(reason: string, actor: string): Promise<DriftReport['breaker']>;
}
