import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { HoldfastError } from '../../kernel/errors.ts';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** A listening port whose handler comes later. */
export interface Gate {
  readonly server: Server;
  /** Port it listens on. */
  readonly port: number;
  /** Hands every further request to the handler. */
  open(handler: RequestHandler): void;
  /** From now on 503 again: stopping. */
  shut(): void;
  close(): Promise<void>;
}

/**
 * Listens before anything else is ready: until it is opened every request but `/livez` is answered 503 with Retry-After,
 * which terraform and workers ride out. Throws `conflict` where the port is taken.
 */
export async function openGate(listen: { readonly host: string; readonly port: number }): Promise<Gate> {
  let handler: RequestHandler = refuse;
  const server = createServer((request, response) => handler(request, response));
  server.keepAliveTimeout = 65_000;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, listen)));
    server.listen(listen.port, listen.host, resolve);
  });
  const address = server.address();
  return {
    server,
    port: typeof address === 'object' && address ? address.port : listen.port,
    open: (next) => {
      handler = next;
    },
    shut: () => {
      handler = refuse;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  const isLive = request.url === '/livez';
  response.writeHead(isLive ? 200 : 503, {
    'content-type': isLive ? 'application/json' : 'application/problem+json',
    ...(isLive ? {} : { 'retry-after': '1' }),
    connection: 'close',
  });
  const body = isLive
    ? { status: 'ok' }
    : { type: 'about:blank', title: 'Not now', status: 503, detail: 'starting or stopping; try again', code: 'busy' };
  response.end(JSON.stringify(body));
}

function listenError(error: NodeJS.ErrnoException, listen: { host: string; port: number }): unknown {
  const at = `${listen.host}:${listen.port}`;
  if (error.code === 'EADDRINUSE') {
    return new HoldfastError('conflict', `${at} is in use by another program`, {
      treatment: { kind: 'human', wayOut: 'stop it, or set `listen` in server.yaml (HOLDFAST_LISTEN) to another port' },
      cause: error,
    });
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'EACCES' || error.code === 'ENOTFOUND') {
    return new HoldfastError('invalid', `cannot listen on ${at} (${error.code})`, {
      treatment: {
        kind: 'human',
        wayOut: 'set `listen` in server.yaml to an address of this machine, port above 1023',
      },
      cause: error,
    });
  }
  return error;
}
