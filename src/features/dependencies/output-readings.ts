import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';
import { isEnded } from '../../kernel/run-status.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import { newRun, type Reader, type RunDoor, type RunStore, type StackMarks, type Tx } from '../runs/index.ts';
import type { DependencyStore } from './dependency-store.ts';

export interface OutputReadingsDeps {
  readonly store: DependencyStore;
  readonly runs: Pick<RunStore, 'spec' | 'openIn'>;
  readonly door: Pick<RunDoor, 'open'>;
  readonly marks: Pick<StackMarks, 'find' | 'lastApplied'>;
  readonly clock: Clock;
  readonly random: Random;
}

/** How reading the outputs of a state that lies elsewhere stands. */
export type Reading =
  | { readonly kind: 'read'; readonly run: RunTable }
  | { readonly kind: 'under_way'; readonly run: RunTable }
  | { readonly kind: 'failed'; readonly run: RunTable }
  | { readonly kind: 'none' };

/** Runs that read the outputs of stacks whose state lies in a backend of its own, each for runs that wait for it. */
export class OutputReadings {
  readonly #deps: OutputReadingsDeps;

  constructor(deps: OutputReadingsDeps) {
    this.#deps = deps;
  }

  /** The newest one that was asked for at `since` or later; null: the newest that came to an end well. */
  async find(db: Reader, stack: string, since: number | null): Promise<Reading> {
    const run = await this.#deps.store.newestReading(db, stack, since);
    if (!run) return { kind: 'none' };
    if (run.status === 'unchanged') return { kind: 'read', run };
    return { kind: isEnded(run.status) ? 'failed' : 'under_way', run };
  }

  /** Has them read, and lets the run wait for that. Nothing happens while another such run of the stack is queued. */
  async start(tx: Tx, stack: string, waiting: RunTable): Promise<void> {
    const { store, clock } = this.#deps;
    const found = await this.find(tx, stack, waiting.created_at);
    const reading = found.kind === 'under_way' ? found.run : await this.#open(tx, stack);
    if (!reading) return;
    const on = [{ stack, run: reading.id }];
    await store.setWaits(tx, waiting, { on, provisional: waiting.provisional, at: clock.now() });
  }

  async #open(tx: Tx, stack: string): Promise<RunTable | null> {
    const { runs, door, marks, clock, random } = this.#deps;
    const isTaken = (await runs.openIn(tx, stack)).some((open) => open.status === 'queued' && open.speculative === 1);
    const [mark, applied] = [await marks.find(tx, stack), await marks.lastApplied(tx, stack)];
    if (isTaken || !mark || !applied) return null;
    const run = newRun({
      ...{ id: newId(clock, random), stack, repository: mark.repository, commit: applied.commit, base: null },
      ...{ kind: 'refresh', trigger: 'dependency', speculative: true, author: null, reasons: [] },
      message: 'outputs for stacks that have them as inputs',
      ...{ specDigest: applied.specDigest, inputsDigest: applied.specDigest, at: clock.now() },
    });
    await door.open(tx, run, 'system');
    return run;
  }
}
