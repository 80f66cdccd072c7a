import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type GitHttpServer, type GitHttpServerOptions, startGitHttpServer } from '../support/git-http-server.ts';
import { makeRepository, makeTempDir, type TestRepository } from '../support/git-repository.ts';
import { password, type TestMirrors, useMirrors } from '../support/mirrors.ts';

const CANARY = 'c4nary/p@ss word';
let temp: ReturnType<typeof makeTempDir>;
let repo: TestRepository;
let mirrors: TestMirrors;
let servers: { close(): Promise<void> }[];

beforeEach(async () => {
  temp = makeTempDir('hf-http-');
  repo = makeRepository(join(temp.dir, 'srv', 'r'));
  mirrors = await useMirrors(temp.dir);
  servers = [];
});
afterEach(async () => {
  await mirrors.close();
  await Promise.all(servers.map((server) => server.close()));
  temp.remove();
});

async function serve(options: Partial<GitHttpServerOptions> = {}): Promise<GitHttpServer> {
  const server = await startGitHttpServer({ root: join(temp.dir, 'srv'), ...options });
  servers.push(server);
  return server;
}

/** Everything an error could show: message, causes, fields, stack. */
async function allOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  return `${inspect(error, { depth: 10, showHidden: true })} ${JSON.stringify(error)}`;
}

function expectSilent(text: string): void {
  const forms = [
    CANARY,
    encodeURIComponent(CANARY),
    Buffer.from(CANARY).toString('base64'),
    Buffer.from(`u:${CANARY}`).toString('base64'),
  ];
  for (const form of forms) expect(text).not.toContain(form);
}

test('after the first look a poll is one request, answered without a git process of ours', async () => {
  const first = repo.commit({ a: '1' });
  const server = await serve();
  const mirror = await mirrors.open(`${server.url}/r`);
  expect(await mirror.remoteHead('main')).toBe(first);
  server.requests.length = 0;
  const second = repo.commit({ a: '2' });
  expect(await mirror.remoteHead('main')).toBe(second);
  expect(server.requests).toEqual(['POST /r/git-upload-pack']);
  expect(await mirror.remoteHead('mai')).toBeNull();
  expect(await mirror.remoteBranches()).toEqual(['main']);
  await mirror.fetch();
  expect(await mirror.localHead('main')).toBe(second);
});

test('a server that speaks only the old protocol is understood', async () => {
  const first = repo.commit({ a: '1' });
  repo.git('branch', 'main2');
  const server = await serve({ isOld: true });
  const mirror = await mirrors.open(`${server.url}/r`);
  expect(await mirror.remoteHead('main')).toBe(first);
  expect(await mirror.remoteHead('nope')).toBeNull();
  expect(await mirror.remoteBranches()).toEqual(['main', 'main2']);
  expect(server.requests.every((request) => request === 'GET /r/info/refs?service=git-upload-pack')).toBe(true);
  await mirror.fetch();
  expect(await mirror.localHead('main2')).toBe(first);
});

test('an empty repository is empty in both protocols', async () => {
  for (const isOld of [true, false]) {
    const mirror = await mirrors.open(`${(await serve({ isOld })).url}/r`);
    expect(await mirror.remoteHead('main')).toBeNull();
    expect(await mirror.remoteBranches()).toEqual([]);
  }
});

test('user and password open a repository, from credentials or from the URL', async () => {
  const first = repo.commit({ a: '1' });
  const server = await serve({ login: `u:${CANARY}` });
  const given = await mirrors.open(`${server.url}/r`, password('u', CANARY));
  expect(await given.remoteHead('main')).toBe(first);
  await given.fetch();
  expect(await given.localHead('main')).toBe(first);
  const inUrl = await mirrors.open(`${server.url.replace('//', `//u:${encodeURIComponent(CANARY)}@`)}/r`);
  expect(await inUrl.remoteHead('main')).toBe(first);
  await inUrl.fetch();
  expect(readFileSync(join(inUrl.path, 'config'), 'utf8')).not.toContain('c4nary');
});

test('wrong credentials are denied with the way out, and appear nowhere', async () => {
  repo.commit({ a: '1' });
  const server = await serve({ login: 'u:right' });
  const mirror = await mirrors.open(`${server.url}/r`, password('u', CANARY));
  await expect(mirror.remoteHead('main')).rejects.toMatchObject({ code: 'forbidden', details: { git: 'denied' } });
  await expect(mirror.fetch()).rejects.toMatchObject({ code: 'forbidden', details: { git: 'denied' } });
  await expect(mirror.fetch()).rejects.toThrow(/refuses the credentials; check `credentials`/);
  expectSilent(await allOf(mirror.remoteHead('main')));
  expectSilent(await allOf(mirror.fetch()));
  const inUrl = await mirrors.open(`${server.url.replace('//', `//u:${encodeURIComponent(CANARY)}@`)}/r`);
  expectSilent(await allOf(inUrl.remoteHead('main')));
  expectSilent(await allOf(inUrl.fetch()));
});

test('a password is in no argument of git, and in the environment only of what talks to the remote', async () => {
  repo.commit({ a: '1' });
  const log = join(temp.dir, 'calls');
  const binary = join(temp.dir, 'git-spy');
  writeFileSync(
    binary,
    `#!/bin/sh\n{ echo "ARGV $*"; env | sed 's/^/ENV /'; echo "END $1"; } >> ${log}\nexec git "$@"\n`,
    { mode: 0o755 },
  );
  const spied = await useMirrors(join(temp.dir, 'spied'), binary, { AWS_SECRET_ACCESS_KEY: 'aws-canary' });
  const server = await serve({ login: `u:${CANARY}` });
  const mirror = await spied.open(`${server.url}/r`, password('u', CANARY));
  await mirror.fetch();
  const commit = (await mirror.localHead('main')) ?? expect.fail();
  await mirror.listTree(commit);
  await mirror.keep(commit);
  await spied.close();
  const text = readFileSync(log, 'utf8');
  expectSilent(
    text
      .split('\n')
      .filter((line) => line.startsWith('ARGV'))
      .join('\n'),
  );
  expect(text).not.toContain('aws-canary');
  for (const call of text.split(/^END /m)) if (!call.includes('ARGV fetch')) expectSilent(call);
});

test('a redirect to another host is refused with its address; nothing is sent there', async () => {
  repo.commit({ a: '1' });
  const other = await serve();
  const server = await serve({ login: `u:${CANARY}` });
  server.intercept = (request, response) => {
    response.writeHead(302, { location: `${other.url}${request.url}` }).end();
    return true;
  };
  const mirror = await mirrors.open(`${server.url}/r`, password('u', CANARY));
  await expect(mirror.remoteHead('main')).rejects.toThrow(`redirects to another address; set \`url\``);
  await expect(mirror.fetch()).rejects.toMatchObject({ details: { git: 'redirect' } });
  expect(other.requests).toEqual([]);
});

test('a redirect within the host, such as GitLab makes, is followed by poll and fetch', async () => {
  const first = repo.commit({ a: '1' });
  const server = await serve({ login: `u:${CANARY}` });
  server.intercept = (request, response) => {
    if (!request.url?.startsWith('/old')) return false;
    response.writeHead(301, { location: request.url.replace('/old', '/r') }).end();
    return true;
  };
  const mirror = await mirrors.open(`${server.url}/old`, password('u', CANARY));
  expect(await mirror.remoteHead('main')).toBe(first);
  await mirror.fetch();
  expect(await mirror.localHead('main')).toBe(first);
});

test('errors of the server, a server that is gone, and nonsense are "away", and pass by themselves', async () => {
  const first = repo.commit({ a: '1' });
  const server = await serve();
  const mirror = await mirrors.open(`${server.url}/r`);
  const faults: GitHttpServer['intercept'][] = [
    (_request, response) => !!response.writeHead(500).end('no'),
    (_request, response) => !!response.writeHead(429).end(),
    (request) => !!request.socket.destroy(),
    (_request, response) =>
      !!response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' }).end('zzzz'),
  ];
  for (const fault of faults) {
    server.intercept = fault;
    await expect(mirror.remoteHead('main')).rejects.toMatchObject({
      details: { git: 'away' },
      treatment: { kind: 'retry' },
    });
  }
  server.intercept = null;
  expect(await mirror.remoteHead('main')).toBe(first);
  const gone = await mirrors.open('http://127.0.0.1:1/r');
  await expect(gone.remoteHead('main')).rejects.toMatchObject({ details: { git: 'away' } });
  await expect(gone.fetch()).rejects.toMatchObject({ details: { git: 'away' } });
  const wrong = await mirrors.open(`${server.url}/nowhere`);
  await expect(wrong.remoteHead('main')).rejects.toMatchObject({ details: { git: 'not_found' } });
});

test('a plain file server is asked through git itself', async () => {
  const first = repo.commit({ a: '1' });
  repo.git('update-server-info');
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://x').pathname.replace('/r', '/r/.git');
    try {
      response.end(readFileSync(join(temp.dir, 'srv', path)));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
  const mirror = await mirrors.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/r`);
  expect(await mirror.remoteHead('main')).toBe(first);
});
