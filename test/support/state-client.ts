import { createHash } from 'node:crypto';

/** What the state backend answered. */
export interface StateReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Speaks the http backend's protocol as terraform does. */
export class StateClient {
  readonly #url: string;
  readonly #authorization: string;

  constructor(baseUrl: string, stack: string, token: string) {
    this.#url = `${baseUrl}/state/${encodeURIComponent(stack)}`;
    this.#authorization = `Basic ${Buffer.from(`hf:${token}`).toString('base64')}`;
  }

  get(): Promise<StateReply> {
    return this.send('GET', '', null);
  }

  lock(id: string, more: object = {}): Promise<StateReply> {
    const info = { ID: id, Operation: 'OperationTypeApply', Info: '', Who: 'me@laptop', Version: '1.11.4', ...more };
    return this.send('LOCK', '', JSON.stringify(info));
  }

  unlock(id: string | null): Promise<StateReply> {
    return this.send('UNLOCK', '', id === null ? '' : JSON.stringify({ ID: id }));
  }

  post(id: string | null, body: string | Buffer, headers: Record<string, string> = {}): Promise<StateReply> {
    const md5 = createHash('md5').update(body).digest('base64');
    const query = id === null ? '' : `?ID=${encodeURIComponent(id)}`;
    return this.send('POST', query, body, { 'content-md5': md5, ...headers });
  }

  async send(method: string, query: string, body: string | Buffer | null, headers: Record<string, string> = {}) {
    const response = await fetch(`${this.#url}${query}`, {
      method,
      body: typeof body === 'string' || body === null ? body : new Uint8Array(body),
      headers: { authorization: this.#authorization, 'content-type': 'application/json', ...headers },
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}

/** A state as terraform writes it. */
export function stateOf(serial: number, lineage = 'lineage-a', marker = ''): string {
  return JSON.stringify({
    version: 4,
    terraform_version: '1.11.4',
    serial,
    lineage,
    outputs: {},
    resources: [],
    marker,
  });
}
