/** One promise of reliability, and how it is put to the test. A module exports one such object; promises.ts lists them. */
export interface ChaosPromise {
  /** `P1`; a second measure of the same promise is `P1-away`. `--only P1` takes both. */
  readonly id: string;
  /** What is promised, in one line. */
  readonly title: string;
  /** What one try is: `kills`, `operations`. */
  readonly unit: string;
  /** Tries of the whole suite. A schedule may make several at once (`Held.tries`). */
  readonly defaultCount: number;
  /** Tries in `npm test`; 0: not there. */
  readonly quickCount: number;
  /** Schedules that may run at the same time. */
  readonly atOnce: number;
  /** A schedule that has not ended after so long has fallen (ms). */
  readonly patienceMs: number;
  /** Why it cannot be tried on this machine; it is then reported as not tried. Null: it can. */
  missing?(): string | null;
  /** Makes what all its schedules share; where nothing is shared, it only answers `run`. Nobody else uses `ground.dir`. */
  open(ground: Ground): Promise<Trial>;
}

/** Where a promise is tried. */
export interface Ground {
  /** An empty folder of this promise alone; removed, and its processes ended, when the promise is done. */
  readonly dir: string;
  /** Of the first schedule, for what they share. */
  readonly seed: number;
  /** Tries wanted in all. */
  readonly count: number;
  /** Aborted when time is up or the person gives up: end soon. */
  readonly signal: AbortSignal;
  say(line: string): void;
}

/** A promise under test. */
export interface Trial {
  /** Runs one schedule to its end. What it throws has fallen, too. May be called `atOnce` times at once. */
  run(schedule: Schedule): Promise<Verdict>;
  /** Looked at after every schedule: what does not hold, in words; nothing where all is well. */
  broken?(): Promise<readonly string[]>;
  /** Ends what it started. What it throws has fallen as a schedule of its own. */
  close?(): Promise<void>;
}

/** One seeded course of faults. */
export interface Schedule {
  /** Everything random in it comes of this: `--only P1 --seed SEED --count 1` runs it again. */
  readonly seed: number;
  /** In [0, 1); the same row for the same seed. */
  readonly next: () => number;
  /** Counts up from 0 within the promise; for names and shares, never for chance. */
  readonly index: number;
  /** An empty folder of this schedule alone. */
  readonly dir: string;
  /** At most so many tries are left: 1 where one schedule is run again. */
  readonly left: number;
  readonly signal: AbortSignal;
  say(line: string): void;
}

export type Verdict = Held | Fell;

export interface Held {
  readonly held: true;
  /** Default 1. */
  readonly tries?: number;
  /** Which of several faults it was; the report counts them. */
  readonly kind?: string;
  /** What was measured, by name and unit (`adopted ms`); the report shows how many, median and worst. */
  readonly measures?: Measures;
}

export interface Fell {
  readonly held: false;
  readonly tries?: number;
  /** The seed to run again where it is not the schedule's own (one of many tries). */
  readonly seed?: number;
  /** One line. */
  readonly why: string;
  /** What a person needs to find the cause; kept in the report. */
  readonly evidence: string;
  readonly kind?: string;
  readonly measures?: Measures;
}

export type Measures = Readonly<Record<string, number | readonly number[]>>;
