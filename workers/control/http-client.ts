import { Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { urlToHttpOptions } from 'node:url';
import { HoldfastError } from '../../src/kernel/errors.ts';

/** One request to the control plane; `path` is below `/worker/v1/`. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  /** JSON for an object, text or bytes as they are, or a stream of `size` bytes. */
  readonly body?: object | string | Buffer | { readonly stream: Readable; readonly size: number };
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Seconds of a Retry-After header. */
  readonly retryAfter: number | null;
}

/** No answer of the protocol is longer (an assignment with its environment). */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const SILENCE_MS = 60_000;

/** HTTP with kept connections and the worker's secret. A connection that fails or stays silent for a minute throws `away`. */
export class HttpClient {
  readonly #base: URL;
  /** Taken apart once: URLs and timers of each request's own are a fifth of what it costs. */
  readonly #place: RequestOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: HttpAgent;

  /** `silenceMs` for tests. */
  constructor(server: string, secret: string, worker: string, silenceMs = SILENCE_MS) {
    this.#base = new URL('worker/v1/', server.endsWith('/') ? server : `${server}/`);
    this.#headers = { authorization: `Bearer ${secret}`, 'x-holdfast-worker': encodeURIComponent(worker) };
    const { protocol, hostname, port, auth } = urlToHttpOptions(this.#base);
    this.#place = { protocol, hostname, port, ...(auth ? { auth } : {}) };
    const options = { keepAlive: true, maxSockets: 64, keepAliveMsecs: 30_000, timeout: silenceMs };
    this.#agent = this.#base.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /** Sends a request and reads the whole answer, whatever its status. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const response = await this.open(request);
    try {
      const body = (await readWhole(response)).toString('utf8');
      return { status: response.statusCode ?? 0, body, ...retryAfterOf(response) };
    } catch (error) {
      throw this.#away(error);
    }
  }

  /** Sends a request and hands over the answer as a stream. */
  open(request: HttpRequest): Promise<IncomingMessage> {
    const { headers, write } = encode(request.body);
    const send = this.#base.protocol === 'https:' ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const call = send({
        ...this.#place,
        path: `${this.#base.pathname}${request.path}`,
        method: request.method,
        agent: this.#agent,
        headers: { ...headers, ...this.#headers },
        ...(request.signal ? { signal: request.signal } : {}),
      });
      call.on('timeout', () => call.destroy(new Error('silent for too long')));
      call.on('response', resolve);
      call.on('error', (error) => reject(this.#away(error)));
      write(call).catch((error) => call.destroy(error));
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #away(cause: unknown): HoldfastError {
    return new HoldfastError('away', `the control plane at ${this.#base.origin} does not answer`, { cause });
  }
}

/** By events: an async iterator costs three times as much for the one chunk that there usually is. */
function readWhole(response: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > MAX_ANSWER_BYTES) response.destroy(new Error(`its answer is longer than ${MAX_ANSWER_BYTES} bytes`));
    });
    response.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    response.on('error', reject);
    response.on('close', () => reject(new Error('the answer broke off')));
  });
}

type Write = (call: ReturnType<typeof requestHttp>) => Promise<void>;

function encode(body: HttpRequest['body']): { headers: Record<string, string | number>; write: Write } {
  if (body === undefined) return { headers: {}, write: async (call) => void call.end() };
  if (isStreamed(body)) {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': body.size };
    return { headers, write: (call) => pipeline(body.stream, call) };
  }
  const isText = typeof body === 'string' || Buffer.isBuffer(body);
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(isText ? (body as string) : JSON.stringify(body));
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json';
  const headers = { 'content-type': type, 'content-length': bytes.length };
  return { headers, write: async (call) => void call.end(bytes) };
}

function isStreamed(body: unknown): body is { stream: Readable; size: number } {
  return typeof body === 'object' && body !== null && 'stream' in body;
}

function retryAfterOf(response: IncomingMessage): { retryAfter: number | null } {
  const seconds = Number(response.headers['retry-after']);
  return { retryAfter: Number.isFinite(seconds) && seconds >= 0 ? seconds : null };
}
