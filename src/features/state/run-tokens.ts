import type { Clock } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/digest.ts';
import { newSecret } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';
import type { Phase } from '../../kernel/run-status.ts';
import type { Reader, Tx } from '../locks/index.ts';
import { endRunTokens, findRunToken, insertRunToken } from './sql-run-token-store.ts';
import type { StateCaller } from './state-rights.ts';

/**
 * State tokens of runs: 32 random bytes, of which only the hash is kept. A token belongs to the run and not to the
 * attempt, so that an adopted apply can still save.
 */
export class RunTokens {
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A new token for this run and phase; what it may do follows the run's status at each request. */
  async mint(tx: Tx, about: { run: string; stack: string; phase: Phase }): Promise<string> {
    const token = newSecret(this.#random);
    const { run, stack, phase } = about;
    await insertRunToken(tx, {
      digest: sha256(token),
      run,
      stack,
      phase,
      created_at: this.#clock.now(),
      ended_at: null,
    });
    return token;
  }

  /** Whose token this is, with the run's status now; null for no run's. */
  verify(db: Reader, token: string): Promise<StateCaller | null> {
    return findRunToken(db, sha256(token));
  }

  /** The same caller with the run's status now. */
  async again(db: Reader, caller: StateCaller): Promise<StateCaller | null> {
    return caller.kind === 'admin' ? caller : findRunToken(db, caller.digest);
  }

  /** Ends all tokens of a run: only once its end is proven. */
  endFor(tx: Tx, run: string): Promise<void> {
    return endRunTokens(tx, run, this.#clock.now());
  }
}
