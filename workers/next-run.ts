import type { Assignment, NextClaim } from '../src/features/execution/protocol.ts';
import type { Clock } from '../src/kernel/clock.ts';
import { newId } from '../src/kernel/ids.ts';
import { systemRandom } from '../src/kernel/random.ts';
import type { ClaimNotes } from './claim-notes.ts';

export interface NextRunDeps {
  readonly worker: string;
  readonly root: string;
  readonly notes: Pick<ClaimNotes, 'add' | 'remove'>;
  readonly clock: Clock;
  /** Whether the slot would carry another run now. */
  readonly isWanted: () => boolean;
  /** Nobody will begin what this claim may have been answered. */
  readonly giveBack: (claimId: string) => void;
}

/** What a plan's outcome asks for besides, and what it was given: the run that its slot carries next. A claim as any other. */
export class NextRun {
  readonly #deps: NextRunDeps;
  #claimId: string | null = null;
  #tries = 0;
  #given: Assignment | null = null;

  constructor(deps: NextRunDeps) {
    this.#deps = deps;
  }

  /** What goes with this try of the outcome; its note is on disk before. Nothing where no run is wanted (any more). */
  ask(): { readonly next?: NextClaim } {
    const { worker, root, notes, clock, isWanted } = this.#deps;
    if (!isWanted()) return {};
    if (this.#claimId === null) {
      const id = newId(clock, systemRandom, 16);
      try {
        notes.add(id);
      } catch {
        // A full disk: nothing may be asked for without a note, and the outcome matters more.
        return {};
      }
      this.#claimId = id;
    }
    this.#tries++;
    return { next: { claim_id: this.#claimId, worker, root } };
  }

  /** The outcome was acknowledged; undefined: nothing was said of the claim. */
  answered(given: Assignment | null | undefined): void {
    if (this.#claimId === null) return;
    if (given) this.#given = given;
    // An earlier try may have been given something whose lease is over since.
    else if (given === undefined || this.#tries > 1) this.failed();
    else this.#deps.notes.remove(this.#claimId);
  }

  /** The outcome was not acknowledged, or what was given cannot be begun. */
  failed(): void {
    if (this.#claimId !== null) this.#deps.giveBack(this.#claimId);
  }

  /** What is to be begun next, and the claim whose note goes before; null: nothing. */
  get given(): { readonly assignment: Assignment; readonly claimId: string } | null {
    return this.#given && this.#claimId !== null ? { assignment: this.#given, claimId: this.#claimId } : null;
  }
}
