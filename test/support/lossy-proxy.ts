import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP proxy in front of one server that notes what passes, and keeps back answers it is told to. */
export interface LossyProxy {
  readonly url: string;
  /** `POST /worker/v1/claims`, in order; without queries. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Starts one; where `loses` says so, the request is done and its answer lost: the connection breaks instead. */
export async function startLossyProxy(target: string, loses: (line: string) => boolean): Promise<LossyProxy> {
  const requests: string[] = [];
  const server = createServer((asked, answer) => {
    const line = `${asked.method} ${(asked.url ?? '').replace(/\?.*/, '')}`;
    requests.push(line);
    forward(target, asked, answer, loses(line));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}

function forward(target: string, asked: IncomingMessage, answer: ServerResponse, isLost: boolean): void {
  const { method, headers, url = '' } = asked;
  const call = request(new URL(url, target), { method, headers }, (given) => {
    if (!isLost) {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
      return;
    }
    given.resume().once('end', () => answer.destroy());
  });
  call.on('error', () => answer.destroy());
  asked.pipe(call);
}
