import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { until } from './until.ts';

/** A request as a channel got it. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/** How one request is answered. `hang`: never. */
export type Reply =
  | 'hang'
  | { readonly status: number; readonly text?: string; readonly headers?: Readonly<Record<string, string>> };

/** A chat service that listens: answers by script, then always `ok`. */
export interface ChannelServer {
  readonly url: string;
  readonly received: Received[];
  /** Answers for the next requests, in order. */
  readonly script: Reply[];
  /** Waits until so many requests have come. */
  got(count: number): Promise<Received[]>;
  close(): Promise<void>;
}

export async function startChannelServer(): Promise<ChannelServer> {
  const received: Received[] = [];
  const script: Reply[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      received.push({ path: request.url ?? '', headers: request.headers, text, json: JSON.parse(text) });
      answer(response, script.shift() ?? { status: 200, text: 'ok' });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    script,
    got: (count) => until(() => (received.length >= count ? received : null)),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, reply: Reply): void {
  if (reply === 'hang') return;
  response.writeHead(reply.status, reply.headers).end(reply.text ?? '');
}
