import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Readable, Transform } from 'node:stream';
import type { z } from 'zod';
import { type AdoptRequest, AdoptResponse, type UnbegunRequest } from '../../src/features/execution/adopt-protocol.ts';
import {
  type ArtifactKind,
  ArtifactResponse,
  Assignment,
  type ClaimRequest,
  type HeartbeatRequest,
  HeartbeatResponse,
  type HelloRequest,
  HelloResponse,
  LogResponse,
  type OutcomeRequest,
  OutcomeResponse,
} from '../../src/features/execution/protocol.ts';
import { HoldfastError } from '../../src/kernel/errors.ts';
import type { SourceFetcher } from '../source-fetcher.ts';
import type { HttpClient } from './http-client.ts';
import { check, jsonOrNull, parse, pathOf, streamed } from './read-answer.ts';

/** A run under an attempt. */
export interface RunRef {
  readonly run: string;
  readonly attempt: number;
}

/** A file for the control plane, the version of the engine that made it, and of a plan the digest of its files. */
interface UploadedFile {
  readonly file: string;
  readonly engine: string | null;
  readonly tree: string | null;
}

/** The job protocol, one method a message. Each is one try; its errors say by their treatment whether another is due. */
export class ControlClient implements SourceFetcher {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  hello(request: HelloRequest): Promise<HelloResponse> {
    return this.#post('hello', request, HelloResponse);
  }

  /** null where nothing is admissible. */
  async claim(request: ClaimRequest): Promise<Assignment | null> {
    const answer = await this.#http.send({ method: 'POST', path: 'claims', body: request });
    return answer.status === 204 ? null : parse('claims', answer, Assignment);
  }

  async tellUnbegun(request: UnbegunRequest): Promise<void> {
    check('unbegun', await this.#http.send({ method: 'POST', path: 'claims/unbegun', body: request }));
  }

  heartbeat(request: HeartbeatRequest): Promise<HeartbeatResponse> {
    return this.#post('heartbeat', request, HeartbeatResponse);
  }

  adopt(request: AdoptRequest): Promise<AdoptResponse> {
    return this.#post('adopt', request, AdoptResponse);
  }

  async enterPlanning(ref: RunRef): Promise<void> {
    const body = { attempt: ref.attempt, status: 'planning' };
    check('phase', await this.#http.send({ method: 'POST', path: `${pathOf(ref)}/phase`, body }));
  }

  sendOutcome(run: string, outcome: OutcomeRequest): Promise<OutcomeResponse> {
    return this.#post(`${pathOf({ run })}/outcome`, outcome, OutcomeResponse);
  }

  /** Appends to the stored log; answers its size, which is not `offset` plus the text where the offset was not the expected one. */
  async appendLog(ref: RunRef, offset: number, text: Buffer): Promise<number> {
    const path = `${pathOf(ref)}/log?attempt=${ref.attempt}&offset=${offset}`;
    const answer = await this.#http.send({ method: 'POST', path, body: text });
    const expected = answer.status === 409 ? LogResponse.safeParse(jsonOrNull(answer.body)) : null;
    return expected?.success ? expected.data.size : parse('log', answer, LogResponse).size;
  }

  /** Sends a file; answers its SHA-256, which both sides have computed. Throws `away` where they differ. */
  async upload(ref: RunRef, kind: ArtifactKind, { file, engine, tree }: UploadedFile): Promise<string> {
    const { size } = await stat(file);
    const hash = createHash('sha256');
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    const stream = createReadStream(file)
      .on('error', (error) => counted.destroy(error))
      .pipe(counted);
    const by = engine === null ? '' : `&engine=${encodeURIComponent(engine)}`;
    const of = tree === null ? '' : `&tree=${tree}`;
    const path = `${pathOf(ref)}/artifacts/${kind}?attempt=${ref.attempt}${by}${of}`;
    const answer = await this.#http.send({ method: 'PUT', path, body: { stream, size } });
    const { digest } = parse('artifacts', answer, ArtifactResponse);
    if (digest === hash.digest('hex')) return digest;
    throw new HoldfastError('away', `the ${kind} file of run ${ref.run} changed on its way to the control plane`);
  }

  /** The tar of the run's source. */
  async fetch(run: string, attempt: number): Promise<Readable> {
    const path = `${pathOf({ run })}/source?attempt=${attempt}`;
    const response = await this.#http.open({ method: 'GET', path });
    return streamed('source', response);
  }

  async #post<T>(path: string, body: object, schema: z.ZodType<T>): Promise<T> {
    return parse(path, await this.#http.send({ method: 'POST', path, body }), schema);
  }
}
