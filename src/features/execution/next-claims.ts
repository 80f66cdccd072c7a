import { messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { ClaimService } from './claim-service.ts';
import type { NextClaim, OutcomeResponse } from './protocol.ts';
import type { RunFileService } from './run-file-service.ts';

export interface NextClaimsDeps {
  readonly claims: Pick<ClaimService, 'claim'>;
  readonly files: Pick<RunFileService, 'withSource'>;
  /** Something waits in the queue that no run may go before for ever: slots go there again. */
  readonly isQueueFirst: () => boolean;
  /** Something else may be admissible since the outcome. */
  readonly ring: () => void;
  /** The same where many wait, so that everybody has enough to do, and jobs wait for whoever has not. */
  readonly ringLater: () => void;
  readonly logger: Logger;
}

/**
 * Answers the claim that came with an outcome, after the outcome is recorded: what a plan slot would be answered. Told again,
 * the same claim has the same answer, as any claim.
 */
export class NextClaims {
  readonly #deps: NextClaimsDeps;

  constructor(deps: NextClaimsDeps) {
    this.#deps = deps;
  }

  /** Never rejects, for the outcome is recorded: where the claim failed nothing is said of it, and its worker gives it back. */
  async answer(next: NextClaim | undefined): Promise<OutcomeResponse> {
    if (next === undefined) return {};
    const answer = await this.#answer(next);
    if (answer.next?.queue_is_deep) this.#deps.ringLater();
    else this.#deps.ring();
    return answer;
  }

  async #answer(next: NextClaim): Promise<OutcomeResponse> {
    const { claims, files, isQueueFirst, logger } = this.#deps;
    if (isQueueFirst()) return { next: null };
    try {
      const assignment = await claims.claim({ ...next, slot: 'plan' });
      return { next: assignment?.phase === 'plan' ? await files.withSource(assignment) : assignment };
    } catch (error) {
      logger.warn({ claim: next.claim_id, reason: messageOf(error) }, 'an outcome could not be answered with a run');
      return {};
    }
  }
}
