import { expect, test } from 'vitest';
import { repositoryUrl } from './server-fields.ts';
import { splitUserinfo } from './to-repository-settings.ts';

const isTaken = (url: string) => repositoryUrl().safeParse(url).success;

test.each([
  'https://git.example.com/acme/infra.git',
  'http://127.0.0.1:3000/a/b',
  'https://token@git.example.com/a',
  'ssh://git@git.example.com:2222/a/b.git',
  'git@github.com:acme/infra.git',
  'file:///srv/infra',
  '/srv/infra',
  '/srv/my infra',
])('%s is an address of a repository', (url) => {
  expect(isTaken(url)).toBe(true);
});

test.each([
  '',
  'infra',
  './infra',
  '~/infra',
  'git.example.com/a',
  '--upload-pack=touch /tmp/x',
  'ext::sh -c x',
  'file://host/srv',
  'ssh://-oProxyCommand=x/y',
  'ssh://%2DoProxyCommand=x@host/y',
  'ssh://%zz@host/y',
  'git@-oProxyCommand=x:y',
  '-oProxyCommand=x@host:y',
  'https://a\nb/c',
  '/srv/a\0b',
  'javascript:alert(1)',
])('%o is none', (url) => {
  expect(isTaken(url)).toBe(false);
});

test.each([
  ['https://me:p%40ss@x/y', 'https://x/y', 'me', 'p@ss'],
  ['https://me:100%@x/y', 'https://x/y', 'me', '100%'],
  ['https://token@x/y', 'https://token@x/y', null, null],
  ['ssh://git:canary@x/y', 'ssh://git@x/y', null, null],
  ['file:///srv/my%20infra', '/srv/my infra', null, null],
  ['git@x:y', 'git@x:y', null, null],
])('%s is split into address and credentials', (text, url, username, password) => {
  const split = splitUserinfo(text);
  expect(split.url).toBe(url);
  if (username === null) expect(split.credentials).toBeNull();
  else if (split.credentials?.kind !== 'password') throw new Error('no password');
  else expect([split.credentials.username, split.credentials.password.reveal()]).toEqual([username, password]);
});
