/** A seed that once fell. */
export interface RecordRow {
  /** `2026-11-21`. */
  readonly date: string;
  /** Id of the promise. */
  readonly promise: string;
  readonly seed: number;
  /** What fell, in one line. */
  readonly fell: string;
  /** What mended it: product or harness, in one line. */
  readonly mendedBy: string;
}
