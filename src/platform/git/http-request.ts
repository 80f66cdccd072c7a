import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface GitHttpRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request, and the reading of its answer. */
  readonly signal: AbortSignal;
}

/**
 * Sends a request over a connection that is kept for the next one; follows no redirect. `fetch` costs three times the CPU.
 * A kept connection that the server has just closed is replaced once.
 */
export function sendGitRequest(request: GitHttpRequest, isSecondTry = false): Promise<IncomingMessage> {
  const { url, method, headers, body, signal } = request;
  const open = new URL(url).protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sent = open(url, { method, headers: { ...headers, ...length }, signal }, resolve);
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(signal.reason);
      else if (error.code === 'ECONNRESET' && sent.reusedSocket && !isSecondTry)
        sendGitRequest(request, true).then(resolve, reject);
      else reject(error);
    });
    sent.end(body);
  });
}
