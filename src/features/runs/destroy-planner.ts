import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';
import { newRun } from './new-run.ts';
import type { RunDoor } from './run-door.ts';
import type { DeletedStack, Tx } from './run-ports.ts';
import type { RunWriter } from './run-store.ts';
import type { StackMarks } from './stack-marks.ts';

export interface DestroyDeps {
  readonly store: RunWriter;
  readonly door: RunDoor;
  readonly marks: Pick<StackMarks, 'lastApplied' | 'setHeld'>;
  readonly clock: Clock;
  readonly random: Random;
}

/** A deletion, and who made it. */
export interface DestroyRequest {
  readonly stack: DeletedStack;
  readonly repository: string;
  readonly author: string | null;
  readonly message: string | null;
}

/** Plans to destroy what a deleted stack made: at the last applied commit, with the spec that was stored then. */
export class DestroyPlanner {
  readonly #deps: DestroyDeps;

  constructor(deps: DestroyDeps) {
    this.#deps = deps;
  }

  /**
   * The id of the queued destroy, or of one that is open already. null where nobody knows what to destroy it with: the
   * stack is held then, and says so.
   */
  async plan(tx: Tx, { stack, ...request }: DestroyRequest, actor: string): Promise<string | null> {
    const { store, door, clock, random, marks } = this.#deps;
    const open = (await store.openIn(tx, stack.name)).find(({ kind }) => kind === 'destroy');
    if (open) return open.id;
    const at = clock.now();
    const found = await this.#basis(tx, stack, at);
    if (!found) {
      await marks.setHeld(tx, stack.name, UNKNOWN, at);
      return null;
    }
    const run = newRun({
      ...found,
      id: newId(clock, random),
      stack: stack.name,
      repository: request.repository,
      base: null,
      kind: 'destroy',
      trigger: 'deletion',
      speculative: false,
      author: request.author,
      message: request.message,
      reasons: stack.reasons,
      at,
    });
    await door.open(tx, run, actor);
    return run.id;
  }

  async #basis(tx: Tx, { name, fallback }: DeletedStack, at: number) {
    const applied = await this.#deps.marks.lastApplied(tx, name);
    if (applied) return { commit: applied.commit, specDigest: applied.specDigest, inputsDigest: applied.specDigest };
    if (!fallback) return null;
    const specDigest = await this.#deps.store.saveSpec(tx, fallback.spec, at);
    return { commit: fallback.commit, specDigest, inputsDigest: fallback.inputsDigest };
  }
}

const UNKNOWN =
  'its directory is gone from the head and it has a state, but nothing was ever applied from here that it could be destroyed with; put the directory back, or empty the state by hand';
