import { join } from 'node:path';
import { systemClock } from '../../src/kernel/clock.ts';
import { parseRemote, type RemoteCredentials } from '../../src/platform/git/git-remote.ts';
import { openMirror, type WatchedMirror } from '../../src/platform/git/mirror.ts';
import { prepareGitHome } from '../../src/platform/git/remote-files.ts';

/** Opens mirrors in a folder and closes them all. */
export interface TestMirrors {
  open(url: string, credentials?: RemoteCredentials | null): Promise<WatchedMirror>;
  close(): Promise<void>;
}

/** Mirrors below `dir`, each with a folder of its own. `binary`: another git. */
export async function useMirrors(dir: string, binary = 'git', env: Record<string, string> = {}): Promise<TestMirrors> {
  const home = join(dir, 'home');
  await prepareGitHome(home);
  const mirrors: WatchedMirror[] = [];
  return {
    async open(url, credentials = null) {
      const mirror = await openMirror({
        tool: { binary, hostEnv: { PATH: process.env.PATH, ...env }, home },
        dir: join(dir, 'mirrors', `${mirrors.length}.git`),
        remote: parseRemote(url, credentials),
        clock: systemClock,
      });
      mirrors.push(mirror);
      return mirror;
    },
    close: async () => void (await Promise.all(mirrors.map((mirror) => mirror.close()))),
  };
}

/** A login as server.yaml would give it. */
export function password(username: string, text: string): RemoteCredentials {
  return { kind: 'password', username, password: { reveal: () => text } };
}
