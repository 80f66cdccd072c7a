import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type GitHttpServer, startGitHttpServer } from '../support/git-http-server.ts';
import { makeRepository, makeTempDir, type TestRepository } from '../support/git-repository.ts';
import { type TestMirrors, useMirrors } from '../support/mirrors.ts';

let temp: ReturnType<typeof makeTempDir>;
let repo: TestRepository;
let mirrors: TestMirrors;
let server: GitHttpServer;
/** The connections on which requests came. */
let connections: Set<Socket>;
let fault: GitHttpServer['intercept'];

beforeEach(async () => {
  temp = makeTempDir('hf-polls-');
  repo = makeRepository(join(temp.dir, 'srv', 'r'));
  mirrors = await useMirrors(temp.dir);
  connections = new Set();
  fault = null;
  server = await startGitHttpServer({ root: join(temp.dir, 'srv') });
  server.intercept = (request, response) => {
    connections.add(request.socket);
    return fault?.(request, response) ?? false;
  };
});
afterEach(async () => {
  await mirrors.close();
  await server.close();
  temp.remove();
});

test('polls share connections, whatever they are answered', async () => {
  const first = repo.commit({ a: '1' });
  // The head is the first of several refs that begin like it: the rest of the answer is not looked at.
  for (let i = 0; i < 20; i++) repo.git('branch', `main${i}`);
  const mirror = await mirrors.open(`${server.url}/r`);
  for (let i = 0; i < 5; i++) expect(await mirror.remoteHead('main')).toBe(first);
  expect(await mirror.remoteHead('nope')).toBeNull();
  fault = (_request, response) => !!response.writeHead(503).end('come back later');
  await expect(mirror.remoteHead('main')).rejects.toMatchObject({ details: { git: 'away' } });
  fault = null;
  expect(await mirror.remoteHead('main')).toBe(first);
  // Two: a poll that follows at once does not wait for the end of the answer before it.
  expect(connections.size).toBeLessThanOrEqual(2);
});

test('repositories of one host share connections, without each other’s head', async () => {
  const first = repo.commit({ a: '1' });
  const other = makeRepository(join(temp.dir, 'srv', 'other')).commit({ b: '2' });
  const mirrorsOfBoth = [await mirrors.open(`${server.url}/r`), await mirrors.open(`${server.url}/other`)];
  for (let i = 0; i < 3; i++) {
    const heads: (string | null)[] = [];
    for (const mirror of mirrorsOfBoth) heads.push(await mirror.remoteHead('main'));
    expect(heads).toEqual([first, other]);
  }
  expect(connections.size).toBeLessThanOrEqual(2);
});

test('a kept connection that breaks as it is used again is replaced by a fresh one, once', async () => {
  const first = repo.commit({ a: '1' });
  const mirror = await mirrors.open(`${server.url}/r`);
  // Read to its end, so that the connection is free.
  expect(await mirror.remoteHead('nope')).toBeNull();
  const used = connections.size;
  const cut = (request: IncomingMessage) => !!request.socket.destroy();
  fault = (request) => {
    fault = null;
    return cut(request);
  };
  expect(await mirror.remoteHead('main')).toBe(first);
  expect(connections.size).toBe(used + 1);
  fault = cut;
  await expect(mirror.remoteHead('main')).rejects.toMatchObject({ details: { git: 'away' } });
});

test('an answer that goes on after the head was found is not waited for, nor is its connection kept for ever', async () => {
  const first = repo.commit({ a: '1' });
  const mirror = await mirrors.open(`${server.url}/r`);
  expect(await mirror.remoteHead('main')).toBe(first);
  const line = `${first} refs/heads/main\n`;
  const ended: Promise<void>[] = [];
  fault = (_request, response) => {
    ended.push(new Promise((resolve) => response.once('close', () => resolve())));
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
    response.write((line.length + 4).toString(16).padStart(4, '0') + line);
    return true;
  };
  expect(await mirror.remoteHead('main')).toBe(first);
  await Promise.all(ended);
  expect(ended).toHaveLength(1);
});

test('an answer that breaks off before the head is a failure, never a missing branch', async () => {
  repo.commit({ a: '1' });
  const mirror = await mirrors.open(`${server.url}/r`);
  await mirror.remoteHead('main');
  fault = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result', 'content-length': '500' });
    response.write('0008', () => response.destroy());
    return true;
  };
  await expect(mirror.remoteHead('main')).rejects.toMatchObject({ details: { git: 'away' } });
});

test('closing a mirror ends the poll under way', async () => {
  repo.commit({ a: '1' });
  const mirror = await mirrors.open(`${server.url}/r`);
  const asked = new Promise<void>((resolve) => {
    fault = () => {
      resolve();
      return true;
    };
  });
  const poll = mirror.remoteHead('main').catch((error: unknown) => error);
  await asked;
  await mirror.close();
  expect(await poll).toBeInstanceOf(Error);
});
