/** A schedule that fell. */
export interface FallenSchedule {
  readonly seed: number;
  readonly why: string;
  readonly evidence: string;
}

/** How a promise fared. */
export interface PromiseResult {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly wanted: number;
  readonly tried: number;
  readonly held: number;
  readonly fallen: readonly FallenSchedule[];
  /** Why fewer were tried than wanted; null where all were. */
  readonly untried: string | null;
  readonly seconds: number;
  /** How often which kind of fault was tried. */
  readonly kinds: Readonly<Record<string, number>>;
  /** By name, every value that was measured. */
  readonly measures: Readonly<Record<string, readonly number[]>>;
}

/** Whether everything wanted was tried, and held. */
export function isWhole(result: PromiseResult): boolean {
  return result.fallen.length === 0 && result.untried === null;
}
