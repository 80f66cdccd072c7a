import { expect, test } from 'vitest';
import { buildGitEnv } from './git-env.ts';
import { parseRemote, secretsOf } from './git-remote.ts';
import { buildSshCommand } from './ssh-command.ts';

test('the kinds of addresses that server.yaml may hold', () => {
  expect(parseRemote('/srv/git/infra.git/', null)).toEqual({ kind: 'file', url: '/srv/git/infra.git' });
  expect(parseRemote('file:///srv/a%20b', null)).toEqual({ kind: 'file', url: '/srv/a b' });
  expect(parseRemote('https://git.example.com/acme/infra.git', null)).toMatchObject({
    kind: 'http',
    protocol: 'https',
    login: null,
  });
  expect(parseRemote('ssh://git@host:2222/acme/infra.git', null)).toMatchObject({
    kind: 'ssh',
    url: 'ssh://git@host:2222/acme/infra.git',
  });
  expect(parseRemote('git@host:acme/infra.git', null)).toMatchObject({ kind: 'ssh', url: 'git@host:acme/infra.git' });
});

test('userinfo is taken out of the URL and used where no credentials are given', () => {
  const remote = parseRemote('https://u%40x:p%2Fw@host/r.git', null);
  expect(remote.url).toBe('https://host/r.git');
  expect(secretsOf(remote)).toContain('p/w');
  const given = parseRemote('https://u:old@host/r.git', {
    kind: 'password',
    username: 'n',
    password: { reveal: () => 'new' },
  });
  expect(secretsOf(given)).toContain('new');
});

test.each([
  'ext::sh -c touch% /tmp/x',
  'git://host/r',
  'ftp://host/r',
  'relative/path',
  '--upload-pack=touch /tmp/x',
  'ssh://-oProxyCommand=touch/r',
  'ssh://-oProxyCommand=x@host/r',
  'ssh://host/-oProxyCommand=x',
  'git@-oProxyCommand=x:r',
  '-oProxyCommand=x:r',
  'git@host:-r',
  'https://host/r?x=--upload-pack',
  'https://host/r\nhttp.proxy=x',
  'file://otherhost/r',
  '',
])('%j is refused', (url) => {
  expect(() => parseRemote(url, null)).toThrow(/the repository's `url`/);
});

test('the ssh command never asks, trusts only known hosts, offers only the key, and is safe in a shell', () => {
  const command = buildSshCommand({ keyFile: '/k dir/id', knownHostsFile: '/k dir/known_hosts' });
  for (const part of [
    "'BatchMode=yes'",
    "'StrictHostKeyChecking=yes'",
    "'IdentitiesOnly=yes'",
    "-i '/k dir/id'",
    '-F /dev/null',
  ]) {
    expect(command).toContain(part);
  }
  expect(command).toContain(`'UserKnownHostsFile="/k dir/known_hosts"'`);
  for (const path of ["/a'b", '/a"b', '/a$b', '/a`b', '/a\\b', '/a\nb', '/%h', 'relative', '-oX']) {
    expect(() => buildSshCommand({ keyFile: path, knownHostsFile: null })).toThrow(/cannot be handed to ssh/);
  }
  expect(buildSshCommand({ keyFile: null, knownHostsFile: null })).not.toContain('IdentitiesOnly');
});

test('the environment is built from scratch, with one protocol and no configuration of the machine', () => {
  const hostEnv = {
    PATH: '/bin',
    AWS_SECRET_ACCESS_KEY: 'x',
    GIT_DIR: '/evil',
    GIT_SSH: 'x',
    LD_PRELOAD: 'x',
    HTTPS_PROXY: 'p',
  };
  const tool = { binary: 'git', hostEnv, home: '/home/x' };
  const login = { kind: 'password', username: 'u', password: { reveal: () => 'p' } } as const;
  const https = buildGitEnv(tool, { remote: parseRemote('https://h/r', login) });
  expect(https).toMatchObject({
    PATH: '/bin',
    HTTPS_PROXY: 'p',
    HOME: '/home/x',
    GIT_ALLOW_PROTOCOL: 'https',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  });
  for (const name of ['AWS_SECRET_ACCESS_KEY', 'GIT_DIR', 'GIT_SSH', 'LD_PRELOAD'])
    expect(https).not.toHaveProperty(name);
  const config = Object.fromEntries(
    Array.from({ length: Number(https.GIT_CONFIG_COUNT) }, (_, i) => [
      https[`GIT_CONFIG_KEY_${i}`],
      https[`GIT_CONFIG_VALUE_${i}`],
    ]),
  );
  expect(config).toMatchObject({
    'core.hooksPath': '/dev/null',
    'core.fsmonitor': '',
    'core.symlinks': 'false',
    'http.followRedirects': 'false',
    'fetch.fsckObjects': 'true',
    'http.extraHeader': 'Authorization: Basic dTpw',
  });
  const local = buildGitEnv(tool, { remote: null });
  expect(local.GIT_ALLOW_PROTOCOL).toBe('');
  expect(JSON.stringify(local)).not.toContain('dTpw');
  expect(buildGitEnv(tool, { remote: parseRemote('http://h/r', null) }).GIT_ALLOW_PROTOCOL).toBe('http');
  expect(buildGitEnv(tool, { remote: parseRemote('/srv/r', null) }).GIT_ALLOW_PROTOCOL).toBe('file');
  const ssh = buildGitEnv(tool, { remote: parseRemote('git@h:r', null), sshCommand: 'ssh -x' });
  expect(ssh).toMatchObject({ GIT_ALLOW_PROTOCOL: 'ssh', GIT_SSH_COMMAND: 'ssh -x', GIT_SSH_VARIANT: 'ssh' });
});
