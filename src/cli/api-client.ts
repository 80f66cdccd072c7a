import type { z } from 'zod';
import type { Clock } from '../kernel/clock.ts';
import { HoldfastError } from '../kernel/errors.ts';
import { awayError, problemError, shapeError } from './api-errors.ts';
import type { InstanceAddress } from './find-instance.ts';
import { sleepAlive } from './sleep-alive.ts';

/** An answer: as the instance sent it (what `--json` prints), and as its schema reads it. */
export interface ApiAnswer<T> {
  readonly body: unknown;
  readonly value: T;
}

/** The running instance over its API. Errors are `HoldfastError`s with the way out. */
export interface ApiClient {
  readonly address: string;
  get<T>(path: string, schema: z.ZodType<T>, options?: GetOptions): Promise<ApiAnswer<T>>;
  post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<ApiAnswer<T>>;
  delete<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<ApiAnswer<T>>;
  /** Bytes as they come, for as long as they come. */
  stream(path: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

interface GetOptions {
  /** A status other than 2xx whose body is what was asked for all the same. */
  readonly accept?: number;
}

export interface ApiClientOptions {
  readonly instance: InstanceAddress;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly version: string;
}

const REQUEST_TIMEOUT_MS = 30_000;
const BODY_LIMIT = 256 * 1024 ** 2;
/** While the database opens, everything is 503: a looker waits that long, an actor too (nothing was done). */
const STARTING_TRIES = 10;

/** A client for one instance. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const { instance, clock } = options;
  const send = async (path: string, init: RequestInit, accept = 200): Promise<Response> => {
    for (let attempt = 1; ; attempt++) {
      const response = await request(options, path, init);
      if (response.ok || response.status === accept) return response;
      const retryAfter = response.status === 503 ? response.headers.get('retry-after') : null;
      const error = await problemError(response, instance);
      // `away` is something behind the instance: to be said, not waited for.
      if (retryAfter === null || error.code !== 'busy' || attempt === STARTING_TRIES) throw error;
      const seconds = Number(retryAfter);
      await sleepAlive(clock, Math.min(2000, Math.max(100, (Number.isFinite(seconds) ? seconds : 1) * 1000)));
    }
  };
  const json = async <T>(path: string, init: RequestInit, schema: z.ZodType<T>, accept?: number) => {
    const body = await readJson(await send(path, init, accept), instance);
    const parsed = schema.safeParse(body);
    if (!parsed.success) throw shapeError(instance, path, parsed.error.issues[0]);
    return { body, value: parsed.data };
  };
  const sendJson = <T>(method: string, path: string, body: unknown, schema: z.ZodType<T>) =>
    body === undefined
      ? json(path, { method }, schema)
      : json(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }, schema);
  return {
    address: instance.address,
    get: (path, schema, get) => json(path, {}, schema, get?.accept),
    post: (path, body, schema) => sendJson('POST', path, body, schema),
    delete: (path, body, schema) => sendJson('DELETE', path, body, schema),
    async stream(path, signal) {
      const response = await send(path, { signal: signal ?? null });
      return chunksOf(response, instance);
    },
  };
}

async function request({ instance, fetch, version }: ApiClientOptions, path: string, init: RequestInit) {
  const headers = new Headers(init.headers);
  headers.set('user-agent', `holdfast/${version}`);
  if (instance.token !== null) headers.set('authorization', `Bearer ${instance.token}`);
  // Each try has a limit of its own; a stream brings its signal and runs as long as it runs.
  const signal = init.signal === undefined ? AbortSignal.timeout(REQUEST_TIMEOUT_MS) : init.signal;
  try {
    // No redirects: the token goes to this address and no other.
    return await fetch(`${instance.address}${path}`, { ...init, headers, signal, redirect: 'error' });
  } catch (error) {
    throw awayError(error, instance);
  }
}

async function readJson(response: Response, instance: InstanceAddress): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(response, instance)) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new HoldfastError('too_large', `the answer of ${instance.address} is too large`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw shapeError(instance, new URL(response.url || instance.address).pathname, undefined, error);
  }
}

async function* chunksOf(response: Response, instance: InstanceAddress): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  try {
    for await (const chunk of response.body) yield chunk;
  } catch (error) {
    throw awayError(error, instance);
  }
}
