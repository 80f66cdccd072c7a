import {
  Agent,
  createServer,
  type IncomingMessage,
  request as requestHttp,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request on its way to the control plane; its body is whole. */
export interface Passing {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** `drop`: the connection breaks. An answer: given in the control plane's place. */
export type Fault = 'drop' | { readonly status: number; readonly body?: string };

/** What may happen to requests. The first hook that says something decides; saying nothing lets it pass. */
export interface Hook {
  /** Before it is passed on; it waits as long as this does. */
  before?(passing: Passing): Promise<Fault | undefined>;
  /** It was done; `drop`: but nobody hears of it. */
  after?(passing: Passing, answer: Answer): Promise<'drop' | undefined>;
}

/** Stands between the control plane and its workers and engines: lets pass, hangs, fails, and does things without saying so. */
export class FaultProxy {
  readonly hooks = new Set<Hook>();
  readonly #server: Server;
  readonly #target: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 });

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((request, response) => void this.#carry(request, response));
    // A state that is held up is nobody's fault.
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = 30_000;
  }

  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Passes a request on in the name of its sender. */
  send(passing: Passing): Promise<Answer> {
    return this.#forward(passing).then(({ answer }) => answer);
  }

  close(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #carry(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', this.#target);
      const { method = 'GET', headers } = request;
      const passing = { method, headers, path: url.pathname, query: url.searchParams, body: await whole(request) };
      const fault = await first([...this.hooks].map((hook) => () => hook.before?.(passing)));
      if (fault === 'drop') return void request.socket.destroy();
      if (fault) return void response.writeHead(fault.status).end(fault.body ?? '');
      const { answer, reply } = await this.#forward(passing);
      const lost = await first([...this.hooks].map((hook) => () => hook.after?.(passing, answer)));
      if (lost === 'drop') return void request.socket.destroy();
      const { 'transfer-encoding': _, connection: _own, ...kept } = reply.headers;
      response.writeHead(answer.status, { ...kept, 'content-length': String(answer.body.length) }).end(answer.body);
    } catch {
      // As where the control plane is away.
      request.socket.destroy();
    }
  }

  #forward({ method, path, query, headers, body }: Passing): Promise<{ answer: Answer; reply: IncomingMessage }> {
    const { hostname, port } = this.#target;
    const { 'transfer-encoding': _, connection: _own, ...kept } = headers;
    const sent = { ...kept, 'content-length': String(body.length) };
    const text = query.toString();
    const to = {
      hostname,
      port,
      method,
      path: text === '' ? path : `${path}?${text}`,
      headers: sent,
      agent: this.#agent,
    };
    return new Promise((resolve, reject) => {
      const forwarded = requestHttp(to, (reply) => {
        whole(reply).then(
          (bytes) => resolve({ answer: { status: reply.statusCode ?? 0, body: bytes }, reply }),
          reject,
        );
      });
      forwarded.once('error', reject);
      forwarded.end(body);
    });
  }
}

async function first<T>(asks: readonly (() => Promise<T | undefined> | undefined)[]): Promise<T | undefined> {
  for (const ask of asks) {
    const said = await ask();
    if (said !== undefined) return said;
  }
  return undefined;
}

async function whole(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
