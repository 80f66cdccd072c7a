/** One thing that happened, who did it, and to what. Rows are only ever added. */
export interface AuditEntry {
  readonly at: number;
  /** `worker:w1`, `token:ci`, `system`. */
  readonly actor: string;
  /** `run.superseded`, `lock.freed`, … */
  readonly action: string;
  /** Run id, stack or repository. */
  readonly subject: string;
  readonly stack: string | null;
  /** Facts for people and machines; never a secret. */
  readonly facts: Readonly<Record<string, unknown>>;
}
