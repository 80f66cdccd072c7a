import type { Readable } from 'node:stream';
import {
  SynthAssignment,
  type SynthClaim,
  type SynthOutcome,
  SynthUpload,
} from '../../src/features/execution/synth-protocol.ts';
import type { HttpClient } from './http-client.ts';
import { check, parse, streamed } from './read-answer.ts';

/** A synthesis under an attempt. */
export interface SynthRef {
  readonly key: string;
  readonly attempt: number;
}

/** The part of the job protocol that is about CDKTF apps, one method a message; each is one try, as in `ControlClient`. */
export class SynthClient {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /** null where nothing waits. */
  async claim(request: SynthClaim): Promise<SynthAssignment | null> {
    const answer = await this.#http.send({ method: 'POST', path: 'synths/claims', body: request });
    return answer.status === 204 ? null : parse('synths/claims', answer, SynthAssignment);
  }

  /** Says that it goes on. */
  async extend({ key, attempt }: SynthRef): Promise<void> {
    check('lease', await this.#http.send({ method: 'POST', path: `synths/${key}/lease`, body: { attempt } }));
  }

  async fetch({ key, attempt }: SynthRef): Promise<Readable> {
    const path = `synths/${key}/source?attempt=${attempt}`;
    return streamed('source', await this.#http.open({ method: 'GET', path }));
  }

  /** Sends the tar of one stack; answers its SHA-256 as it was received. */
  async send({ key, attempt }: SynthRef, tar: Buffer): Promise<string> {
    const path = `synths/${key}/stacks?attempt=${attempt}`;
    return parse('stacks', await this.#http.send({ method: 'PUT', path, body: tar }), SynthUpload).digest;
  }

  async sendOutcome(key: string, outcome: SynthOutcome): Promise<void> {
    check('outcome', await this.#http.send({ method: 'POST', path: `synths/${key}/outcome`, body: outcome }));
  }
}
