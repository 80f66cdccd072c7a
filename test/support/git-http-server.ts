import { execFileSync, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** `git http-backend` behind a tiny HTTP server on loopback. */
export interface GitHttpServer {
  /** `http://127.0.0.1:PORT`; a repository's folder name follows. */
  readonly url: string;
  /** `GET /r/info/refs?…`, in order. */
  readonly requests: string[];
  /** Answers before git does where it returns true: for faults and redirects. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | null;
  close(): Promise<void>;
}

export interface GitHttpServerOptions {
  /** Folder that holds the repositories. */
  readonly root: string;
  /** `user:password` every request must carry. */
  readonly login?: string;
  /** Hides the wish for protocol v2 from git, as an old server would. */
  readonly isOld?: boolean;
}

/** Starts it on a free port. */
export async function startGitHttpServer(options: GitHttpServerOptions): Promise<GitHttpServer> {
  const backend = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');
  const requests: string[] = [];
  const served: { intercept: GitHttpServer['intercept'] } = { intercept: null };
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (served.intercept?.(request, response)) return;
    const expected = `Basic ${Buffer.from(options.login ?? '').toString('base64')}`;
    if (options.login && request.headers.authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('no');
      return;
    }
    runBackend(backend, options, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(served, {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function runBackend(
  backend: string,
  options: GitHttpServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const protocol = request.headers['git-protocol'];
  const child = spawn(backend, {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: options.root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      ...(request.headers['content-encoding'] ? { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] } : {}),
      ...(protocol && !options.isOld ? { GIT_PROTOCOL: String(protocol) } : {}),
    },
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => {});
  child.on('error', () => response.destroy());
  let head = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (response.headersSent) return void response.write(chunk);
    head += chunk.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const headers = head
      .slice(0, end)
      .split('\r\n')
      .map((line) => line.split(': ') as [string, string]);
    const status = headers.find(([name]) => name === 'Status')?.[1];
    response.writeHead(Number.parseInt(status ?? '200', 10), Object.fromEntries(headers));
    response.write(Buffer.from(head.slice(end + 4), 'latin1'));
  });
  child.stdout.on('end', () => response.end());
}
