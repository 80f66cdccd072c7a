import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A tiny http state backend for one stack: what a plan's token may do (GET), and what a test puts there. */
export interface StateServer {
  readonly url: string;
  /** The stored state; null answers 404. */
  state: string | null;
  /** How many more requests are answered 503. */
  starting: number;
  /** `GET /state`, … in order. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Listens on a free port; userinfo `hf:token` is asked for, and anything but GET answers 405. */
export async function startStateServer(token: string): Promise<StateServer> {
  const requests: string[] = [];
  const expected = `Basic ${Buffer.from(`hf:${token}`).toString('base64')}`;
  const http = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (server.starting-- > 0) response.writeHead(503).end();
    else if (request.headers.authorization !== expected) response.writeHead(401).end();
    else if (request.method !== 'GET') response.writeHead(405).end();
    else if (server.state === null) response.writeHead(404).end();
    else response.end(server.state);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  const server: StateServer = {
    url: `http://hf:${token}@127.0.0.1:${port}/state`,
    state: null,
    starting: 0,
    requests,
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
  return server;
}
