import { execFileSync, spawn } from 'node:child_process';
import { accessSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RemoteCredentials } from '../../src/platform/git/git-remote.ts';
import { makeRepository, makeTempDir, type TestRepository } from '../support/git-repository.ts';
import { type TestMirrors, useMirrors } from '../support/mirrors.ts';
import { until } from '../support/until.ts';

let temp: ReturnType<typeof makeTempDir>;
let repo: TestRepository;
let mirrors: TestMirrors | null;
let stopServer: () => void;

beforeEach(() => {
  temp = makeTempDir('hf-ssh-');
  repo = makeRepository(join(temp.dir, 'src'));
  mirrors = null;
  stopServer = () => {};
});
afterEach(async () => {
  await mirrors?.close();
  stopServer();
  temp.remove();
});

function sshKey(key: string, knownHosts: string | null): RemoteCredentials {
  return { kind: 'ssh', sshKey: { reveal: () => key }, sshKeyFile: null, knownHosts, knownHostsFile: null };
}

test('git calls ssh with the key and the known hosts in private files, which are gone afterwards', async () => {
  const first = repo.commit({ a: '1' });
  const bin = join(temp.dir, 'bin');
  const log = join(temp.dir, 'ssh-calls');
  mkdirSync(bin);
  // Stands in for ssh: writes down what it was given, then does what the far side would.
  const script = `#!/bin/sh
for last; do :; done
{ printf '%s\\n' "$@"; for f in ${temp.dir}/home/*-key; do stat -c 'mode %a' "$f"; cat "$f"; done; env | grep SSH_AUTH_SOCK; } >> ${log}
eval "$last"
`;
  writeFileSync(join(bin, 'ssh'), script, { mode: 0o755 });
  mirrors = await useMirrors(temp.dir, 'git', { PATH: `${bin}:${process.env.PATH}`, SSH_AUTH_SOCK: '/agent' });
  const mirror = await mirrors.open(
    `ssh://git@host.example:2222${repo.dir}`,
    sshKey('KEY TEXT', 'host.example ssh-ed25519 AAAA'),
  );
  expect(await mirror.remoteHead('main')).toBe(first);
  await mirror.fetch();
  expect(await mirror.localHead('main')).toBe(first);
  const calls = readFileSync(log, 'utf8');
  for (const line of [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'IdentitiesOnly=yes',
    '2222',
    'git@host.example',
    'mode 600',
    'KEY TEXT',
  ]) {
    expect(calls.split('\n')).toContain(line);
  }
  expect(calls).not.toContain('/agent');
  await mirrors.close();
  expect(readdirSync(join(temp.dir, 'home')).filter((name) => /key|hosts/.test(name))).toEqual([]);
});

const SSHD = '/usr/sbin/sshd';
const hasSshd = (() => {
  try {
    accessSync(SSHD);
    return true;
  } catch {
    console.log(`skipped: a real SSH server, because ${SSHD} is not on this machine (apt-get install openssh-server)`);
    return false;
  }
})();

test.skipIf(!hasSshd)(
  'a real SSH server: the right key fetches; a wrong key and an unknown host are refused',
  async () => {
    const first = repo.commit({ a: '1' });
    const server = await startSshd();
    mirrors = await useMirrors(temp.dir);
    const url = `ssh://${userInfo().username}@127.0.0.1:${server.port}${repo.dir}`;
    const good = await mirrors.open(url, sshKey(server.key, server.knownHosts));
    expect(await good.remoteHead('main')).toBe(first);
    await good.fetch();
    expect(await good.localHead('main')).toBe(first);
    const wrongKey = await mirrors.open(url, sshKey(server.otherKey, server.knownHosts));
    await expect(wrongKey.fetch()).rejects.toMatchObject({ details: { git: 'denied' } });
    const unknownHost = await mirrors.open(url, sshKey(server.key, 'other.example ssh-ed25519 AAAA'));
    await expect(unknownHost.fetch()).rejects.toMatchObject({ details: { git: 'host_key' } });
  },
);

async function startSshd() {
  const dir = join(temp.dir, 'sshd');
  mkdirSync(dir);
  for (const name of ['host', 'user', 'other'])
    execFileSync('/usr/bin/ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, name)]);
  const read = (name: string) => readFileSync(join(dir, name), 'utf8');
  writeFileSync(join(dir, 'authorized_keys'), read('user.pub'), { mode: 0o600 });
  const port = await freePort();
  const config = `Port ${port}\nListenAddress 127.0.0.1\nHostKey ${dir}/host\nAuthorizedKeysFile ${dir}/authorized_keys\nStrictModes no\nPidFile none\nUsePAM no\n`;
  writeFileSync(join(dir, 'config'), config);
  mkdirSync('/run/sshd', { recursive: true });
  const child = spawn(SSHD, ['-D', '-e', '-f', join(dir, 'config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  stopServer = () => void child.kill();
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until(() => (said.includes('Server listening') ? true : null));
  const knownHosts = `[127.0.0.1]:${port} ${read('host.pub')}`;
  return { port, knownHosts, key: read('user'), otherKey: read('other') };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
