import { execa } from 'execa';

/** How a stranger's program is walled in on this host. */
interface Containment {
  /** Whether it runs in a process namespace of its own and a file system that is read-only but for one folder. */
  readonly isPid: boolean;
  /** Words before the command; the last argument of each form is the folder that can be written. */
  wrap(writable: string): readonly string[];
}

/** Makes every mount read-only but the folder `$1`; what cannot be changed stays. Then goes on without any capability. */
const WALL =
  'w=$1; shift; mount --bind "$w" "$w" || exit 126; while read -r _ _ _ _ m _; do [ "$m" = "$w" ] || mount -o remount,bind,ro "$m" 2>/dev/null; done </proc/self/mountinfo; cd "$PWD" && exec setpriv --inh-caps=-all --bounding-set=-all --no-new-privs -- "$@"';

const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'] as const;

let known: Promise<Containment> | null = null;

/** What this host allows, asked of it once: namespaces as root or as anybody, else nothing. */
export function findContainment(): Promise<Containment> {
  known ??= probe();
  return known;
}

async function probe(): Promise<Containment> {
  for (const more of [[], ['--user', '--map-root-user']]) {
    const words = ['unshare', ...more, ...NAMESPACES, '/bin/sh', '-c', WALL, 'holdfast-wall'];
    if (await works(words)) return { isPid: true, wrap: (writable) => [...words, writable] };
  }
  return { isPid: false, wrap: () => [] };
}

async function works([file = '', ...words]: readonly string[]): Promise<boolean> {
  const options = { reject: false, timeout: 10_000, stdio: 'ignore', extendEnv: false, cwd: '/' } as const;
  const ended = await execa(file, [...words, '/tmp', '/bin/sh', '-c', 'true'], {
    ...options,
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  return ended.exitCode === 0;
}
