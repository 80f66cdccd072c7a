import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpClient } from './http-client.ts';

let server: Server | null = null;
let client: HttpClient | null = null;
afterEach(() => {
  client?.close();
  server?.closeAllConnections();
  server?.close();
});

async function serve(answer: RequestListener, options: { path?: string; silenceMs?: number; host?: string } = {}) {
  const { path = '', silenceMs, host = '127.0.0.1' } = options;
  const listening = createServer(answer);
  await new Promise<void>((resolve) => listening.listen(0, host, resolve));
  server = listening;
  const { port } = listening.address() as AddressInfo;
  client = new HttpClient(
    `http://${host.includes(':') ? `[${host}]` : host}:${port}${path}`,
    'key',
    'wörker',
    silenceMs,
  );
  return client;
}

describe('requests to the control plane', () => {
  it.each([
    ['', '127.0.0.1', '/worker/v1/runs/a%20b/log?offset=1'],
    ['/below', '::1', '/below/worker/v1/runs/a%20b/log?offset=1'],
  ])('go to its place "%s" on %s, with the secret, over one connection', async (path, host, url) => {
    const seen: string[] = [];
    const ports = new Set<number | undefined>();
    const answer: RequestListener = (request, response) => {
      const { authorization, 'x-holdfast-worker': worker, 'content-type': type } = request.headers;
      ports.add(request.socket.remotePort);
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        seen.push([request.method, request.url, authorization, worker, type, body].join(' '));
        response.writeHead(200, { 'retry-after': '3' }).end('yes');
      });
    };
    const http = await serve(answer, { path, host });
    const told = { method: 'POST', path: 'runs/a%20b/log?offset=1' } as const;
    expect(await http.send({ ...told, body: { a: 'ä' } })).toEqual({ status: 200, body: 'yes', retryAfter: 3 });
    await http.send({ ...told, method: 'PUT', body: { stream: Readable.from([Buffer.from('xyz')]), size: 3 } });
    expect(seen).toEqual([
      `POST ${url} Bearer key w%C3%B6rker application/json {"a":"ä"}`,
      `PUT ${url} Bearer key w%C3%B6rker application/octet-stream xyz`,
    ]);
    expect(ports.size).toBe(1);
  });

  it.each([
    ['before its answer', () => {}],
    ['in its answer', ((_request, response) => void response.write('{')) as RequestListener],
  ])('that stay without a word %s count as away', async (_when, answer) => {
    const http = await serve(answer, { silenceMs: 200 });
    await expect(http.send({ method: 'GET', path: 'hello' })).rejects.toMatchObject({ code: 'away' });
  });

  it('that meet nobody, or a closed connection, count as away', async () => {
    const http = await serve((request) => request.socket.destroy());
    await expect(http.send({ method: 'GET', path: 'hello' })).rejects.toMatchObject({ code: 'away' });
    await new Promise((resolve) => server?.close(resolve));
    await expect(http.send({ method: 'GET', path: 'hello' })).rejects.toMatchObject({ code: 'away' });
  });
});
