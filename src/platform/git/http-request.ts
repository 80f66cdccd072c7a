import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { urlToHttpOptions } from 'node:url';

/** Gets the pieces of a body; true: that is enough, the rest is not looked at. What it throws, the request throws. */
export type BodyReader = (chunk: Buffer) => boolean;

export interface GitHttpRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request, and the reading of its answer. */
  readonly signal: AbortSignal;
  /** Looks at status and headers and says who reads the body; null: nobody. What it throws, the request throws. */
  readonly onHead: (head: IncomingMessage) => BodyReader | null;
}

/** Longer than the usual interval of polls, so that a lone repository needs no new handshake either. */
const KEEP_IDLE_MS = 90_000;
const KEPT_PER_HOST = 16;
/** What nobody reads is still taken from the connection, up to here: a cut connection is the dearest part of a poll. */
const DRAIN_LIMIT = 64 * 1024;
const DRAIN_MS = 2_000;

const kept = {
  ...{ keepAlive: true, timeout: KEEP_IDLE_MS, maxFreeSockets: KEPT_PER_HOST },
  // A router on the way forgets silent connections; a host that is gone is noticed before the next poll.
  keepAliveMsecs: 15_000,
};
const agents = { http: new HttpAgent(kept), https: new HttpsAgent(kept) };

/**
 * Sends a request over a connection that is kept for the next one; follows no redirect. Resolves as soon as the reader has
 * enough. `fetch` costs three times the CPU. A kept connection that the server has just closed is replaced once.
 */
export async function sendGitRequest(request: GitHttpRequest): Promise<void> {
  try {
    await sendOnce(request, false);
  } catch (error) {
    if (!(error instanceof StaleConnection)) throw error;
    await sendOnce(request, true);
  }
}

/** A kept connection broke before the answer began. */
class StaleConnection extends Error {}

function sendOnce(request: GitHttpRequest, isFresh: boolean): Promise<void> {
  const { signal, body, onHead } = request;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    let head: IncomingMessage | null = null;
    const sent = open(request, isFresh);
    const abort = () => sent.destroy(signal.reason);
    const fail = (error: unknown) => {
      sent.destroy();
      reject(signal.aborted ? signal.reason : error);
    };
    signal.addEventListener('abort', abort, { once: true });
    sent.on('close', () => {
      signal.removeEventListener('abort', abort);
      // Nothing, where it has ended in any other way.
      reject(new Error('the connection was closed before the answer was complete'));
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = error.code === 'ECONNRESET' && sent.reusedSocket && head === null && !signal.aborted;
      fail(isStale ? new StaleConnection() : error);
    });
    sent.on('response', (response) => {
      head = response;
      response.on('error', fail);
      try {
        receive(response, onHead(response), resolve, fail);
      } catch (error) {
        drain(response);
        reject(error);
      }
    });
    sent.end(body);
  });
}

function open({ url, method, headers, body }: GitHttpRequest, isFresh: boolean): ClientRequest {
  const target = new URL(url);
  const isTls = target.protocol === 'https:';
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const options: RequestOptions = { ...urlToHttpOptions(target), method, headers: { ...headers, ...length } };
  if (isTls) return requestHttps({ ...options, agent: isFresh ? false : agents.https });
  return requestHttp({ ...options, agent: isFresh ? false : agents.http });
}

function receive(
  response: IncomingMessage,
  reader: BodyReader | null,
  done: () => void,
  fail: (error: unknown) => void,
) {
  if (reader === null) {
    drain(response);
    return done();
  }
  const read = (chunk: Buffer) => {
    try {
      if (!reader(chunk)) return;
    } catch (error) {
      return fail(error);
    }
    response.off('data', read);
    drain(response);
    done();
  };
  response.on('data', read);
  response.once('end', done);
}

/** Lets the answer end, so that its connection can be used again; a long or slow one costs the connection. */
function drain(response: IncomingMessage): void {
  let size = 0;
  const timer = setTimeout(() => response.destroy(), DRAIN_MS);
  timer.unref();
  response.once('close', () => clearTimeout(timer));
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > DRAIN_LIMIT) response.destroy();
  });
}
