import { randomUUID } from 'node:crypto';
import { chmod, mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitRemote, SshCredentials } from './git-remote.ts';
import { buildSshCommand } from './ssh-command.ts';

/** What a remote needs on disk while it is in use. */
export interface RemoteFiles {
  readonly sshCommand: string | null;
  readonly globalConfig: string | null;
  /** Removes what was written. */
  dispose(): Promise<void>;
}

/** Makes an empty private folder (0700): key files that a killed predecessor left are gone afterwards. */
export async function prepareGitHome(home: string): Promise<void> {
  await rm(home, { recursive: true, force: true });
  await mkdir(home, { recursive: true, mode: 0o700 });
  await chmod(home, 0o700);
}

/**
 * Writes what git and ssh can only read from files, 0600 in the private folder: a key that came as text (one that came
 * as a file is used where it lies), known hosts, and for local repositories the config that lets git serve a folder of
 * another user (git reads `safe.directory` of its serving half from no environment variable).
 */
export async function writeRemoteFiles(home: string, remote: GitRemote): Promise<RemoteFiles> {
  const written: string[] = [];
  const dispose = async () => {
    for (const path of written.splice(0)) await rm(path, { force: true });
  };
  const write = async (name: string, text: string) => {
    const path = join(home, `${randomUUID()}-${name}`);
    written.push(path);
    await writeFile(path, text, { mode: 0o600, flag: 'wx' });
    return path;
  };
  try {
    if (remote.kind === 'ssh') {
      const sshCommand = buildSshCommand(await sshFiles(remote.credentials, write));
      return { sshCommand, globalConfig: null, dispose };
    }
    const globalConfig = remote.kind === 'file' ? await write('config', await safeDirectories(remote.url)) : null;
    return { sshCommand: null, globalConfig, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function sshFiles(credentials: SshCredentials | null, write: (name: string, text: string) => Promise<string>) {
  if (!credentials) return { keyFile: null, knownHostsFile: null };
  const { sshKeyFile, knownHosts, knownHostsFile } = credentials;
  const keyFile = sshKeyFile ?? (await write('key', `${credentials.sshKey.reveal().trimEnd()}\n`));
  if (knownHostsFile || knownHosts === null) return { keyFile, knownHostsFile };
  return { keyFile, knownHostsFile: await write('known-hosts', `${knownHosts.trimEnd()}\n`) };
}

async function safeDirectories(path: string): Promise<string> {
  const real = await realpath(path).catch(() => path);
  const paths = new Set([path, real].flatMap((dir) => [dir, join(dir, '.git')]));
  const lines = [...paths].map((dir) => `\tdirectory = "${dir.replaceAll(/["\\]/g, '\\$&')}"`);
  return `[safe]\n${lines.join('\n')}\n`;
}
