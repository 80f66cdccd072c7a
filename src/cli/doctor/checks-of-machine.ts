import type { ServerConfig } from '../../config/server-config.ts';
import { messageOf } from '../../kernel/errors.ts';
import { wayOutOf } from '../render-error.ts';
import type { Check, DoctorPorts, ProgramFound } from './check.ts';

const NEEDED_NODE = [22, 19] as const;

/** Node itself: new enough for type stripping, SQLite and the compile cache. */
export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isEnough = major > NEEDED_NODE[0] || (major === NEEDED_NODE[0] && minor >= NEEDED_NODE[1]);
  if (isEnough) return { name: 'node', status: 'ok', detail: version, wayOut: '' };
  return {
    name: 'node',
    status: 'error',
    detail: `${version} is too old`,
    wayOut: 'install Node 24, or 22.19 or newer',
  };
}

/** git, without which nothing can be watched. */
export async function checkGit(ports: DoctorPorts): Promise<Check> {
  const found = await ports.findProgram('git', ['--version']);
  return checkProgram('git', found, 'error', 'install git 2.30 or newer, and let PATH name its folder');
}

/** terraform or tofu: on PATH, or in the configured folder of engines. One of them is enough. */
export async function checkEngines(ports: DoctorPorts, dir: string | null): Promise<Check[]> {
  const names = ['terraform', 'tofu'] as const;
  const found = await Promise.all(names.map((name) => ports.findProgram(name, ['version'], dir ?? undefined)));
  const hasOne = found.some(({ version }) => version !== null);
  const wayOut = 'install terraform or tofu on PATH, or name a folder of engines with `engines: {dir: …}`';
  return found.map((program, i) => {
    const name = names[i] ?? '';
    if (program.path === null && hasOne) {
      return { name, status: 'skipped', detail: 'not on PATH, and not needed: the other engine is', wayOut: '' };
    }
    return checkProgram(name, program, 'error', wayOut);
  });
}

/** A Redis to spawn, unless one is configured; without either the one in WebAssembly does. */
export async function checkRedis(ports: DoctorPorts, config: ServerConfig | null): Promise<Check> {
  const name = 'redis';
  if (config !== null && config.redisUrl !== null) return checkConfiguredRedis(ports, config);
  for (const program of ['redis-server', 'valkey-server']) {
    const found = await ports.findProgram(program, ['--version']);
    if (found.version === null) continue;
    return { name, status: 'ok', detail: `${found.version} (${found.path})`, wayOut: '' };
  }
  return { name, status: 'ok', detail: 'none on PATH: the built-in one (WebAssembly) is used', wayOut: '' };
}

async function checkConfiguredRedis(ports: DoctorPorts, config: ServerConfig): Promise<Check> {
  const name = 'redis';
  try {
    return { name, status: 'ok', detail: await ports.probeRedis(config), wayOut: '' };
  } catch (error) {
    const wayOut = wayOutOf(error) || 'start it, or correct `redis_url`; without one Holdfast brings its own';
    return { name, status: 'error', detail: messageOf(error), wayOut };
  }
}

function checkProgram(name: string, found: ProgramFound, missing: 'error' | 'warning', wayOut: string): Check {
  if (found.path === null) return { name, status: missing, detail: `${name} is not on PATH`, wayOut };
  if (found.version !== null) return { name, status: 'ok', detail: `${found.version} (${found.path})`, wayOut: '' };
  const why = found.error ?? 'it says nothing';
  return { name, status: missing, detail: `${found.path} does not run: ${why}`, wayOut };
}
