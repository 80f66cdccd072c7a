import type { Readable } from 'node:stream';
import type { ApplyOutcomeRequest, ProcessReport } from '../../src/features/execution/apply-protocol.ts';
import type { ArtifactKind } from '../../src/features/execution/protocol.ts';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { errorOf } from './answer-error.ts';
import type { RunRef } from './control-client.ts';
import type { HttpAnswer, HttpClient } from './http-client.ts';
import { check, pathOf, streamed } from './read-answer.ts';

/** The part of the job protocol that is about applies, one method a message; each is one try, as in `ControlClient`. */
export class ApplyClient {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /** The bytes of the saved plan, or of what the plan made. Throws `not_found` where there are none. */
  async fetch(ref: RunRef, kind: ArtifactKind): Promise<Readable> {
    const path = `${pathOf(ref)}/artifacts/${kind}?attempt=${ref.attempt}`;
    return streamed('artifacts', await this.#http.open({ method: 'GET', path }));
  }

  async sendProcess(run: string, report: ProcessReport): Promise<void> {
    const path = `${pathOf({ run })}/process`;
    check('process', await this.#http.send({ method: 'POST', path, body: report }));
  }

  /** Sends a state that terraform could not save; it is stored once this resolves. Throws `conflict` for a "no" to its bytes. */
  sendErroredState(ref: RunRef, bytes: StateBytes): Promise<void> {
    return this.#sendState('errored-state', ref, bytes);
  }

  /** The same for a run that is no longer this worker's: it is kept for people, and moves nothing. */
  sendStrayState(ref: RunRef, bytes: StateBytes): Promise<void> {
    return this.#sendState('stray-state', ref, bytes);
  }

  async sendOutcome(run: string, outcome: ApplyOutcomeRequest): Promise<void> {
    const path = `${pathOf({ run })}/apply-outcome`;
    check('apply-outcome', await this.#http.send({ method: 'POST', path, body: outcome }));
  }

  async #sendState(what: 'errored-state' | 'stray-state', ref: RunRef, bytes: StateBytes): Promise<void> {
    const path = `${pathOf(ref)}/${what}?attempt=${ref.attempt}`;
    const answer = await this.#http.send({ method: 'PUT', path, body: bytes });
    const error = isFine(answer) ? null : errorOf(what, answer);
    // What is no matter of time: no other try would say anything else.
    if (error?.code === 'busy' && [400, 409, 422].includes(answer.status)) throw refusal(error);
    if (error) throw error;
  }
}

interface StateBytes {
  readonly stream: Readable;
  readonly size: number;
}

const isFine = ({ status }: HttpAnswer) => status >= 200 && status <= 299;

function refusal(cause: HoldfastError): HoldfastError {
  return new HoldfastError('conflict', cause.message, { cause, treatment: { kind: 'human', wayOut: '' } });
}
