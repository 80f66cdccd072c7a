import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DoctorPorts, ServiceFound } from '../cli/doctor/check.ts';
import { readInstanceFile } from '../cli/find-instance.ts';
import type { Environment } from '../config/environment.ts';
import type { RepositorySettings, ServerConfig } from '../config/server-config.ts';
import { HoldfastError } from '../kernel/errors.ts';
import { probeDatabase } from '../platform/db/probe-database.ts';
import { parseRemote } from '../platform/git/git-remote.ts';
import { prepareGitHome, writeRemoteFiles } from '../platform/git/remote-files.ts';
import { RemoteRefs } from '../platform/git/remote-refs.ts';
import { isLiving, readProcess } from '../platform/process/proc.ts';
import { judgeSurroundings, readSurroundings } from '../platform/process/surroundings.ts';
import { databaseFile } from './data-layout.ts';
import { findProgram } from './find-program.ts';
import { refuseWhatComesLater } from './open-base.ts';

const REPOSITORY_TIMEOUT_MS = 20_000;

/** The doctor's eyes on this machine. None of them writes into the data folder. */
export function createDoctorPorts(env: Environment): DoctorPorts {
  return {
    findProgram: (name, args, dir) => findProgram(env, name, args, dir),
    holderOf,
    serviceOf,
    probeRedis: describeRedis,
    probeDatabase: async (config) => describeDatabase(config),
    probeRepository: (repository) => probeRepository(env, repository),
  };
}

async function holderOf(dataDir: string): Promise<string | null> {
  const instance = await readInstanceFile(dataDir);
  if (instance === null || !isLiving(readProcess(instance.pid))) return null;
  return `pid ${instance.pid} (version ${instance.version}, since ${instance.started_at})`;
}

async function serviceOf(dataDir: string): Promise<ServiceFound | null> {
  const instance = await readInstanceFile(dataDir);
  if (instance === null || !isLiving(readProcess(instance.pid))) return null;
  const around = await readSurroundings(instance.pid);
  const { kind, unit } = judgeSurroundings(around);
  return { kind, unit, killMode: around.killMode };
}

/** Loaded only where there is something to ask: the client is large. */
async function describeRedis({ redisUrl }: ServerConfig): Promise<string> {
  const { probeRedis } = await import('../platform/queue/redis-connection.ts');
  const answer = await probeRedis(redisUrl?.reveal() ?? '');
  if (answer.kind === 'ok') return `version ${answer.version}, at \`redis_url\`; it evicts nothing`;
  throw new HoldfastError('away', answer.reason);
}

function describeDatabase(config: ServerConfig): string {
  refuseWhatComesLater(config);
  const { size, pending } = probeDatabase(databaseFile(config.dataDir));
  if (size === null) return 'SQLite, made at the first start';
  const todo = pending === 0 ? '' : `, ${pending} migrations to make at the next start`;
  return `SQLite, ${Math.ceil(size / 1024)} KB${todo}`;
}

async function probeRepository(env: Environment, { url, branch, credentials }: RepositorySettings): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-doctor-'));
  try {
    await prepareGitHome(home);
    const remote = parseRemote(url, credentials);
    const files = await writeRemoteFiles(home, remote);
    const tool = { binary: 'git', hostEnv: env, home };
    const signal = AbortSignal.timeout(REPOSITORY_TIMEOUT_MS);
    const refs = new RemoteRefs({ tool, remote, files, dir: home, signal });
    const head = await refs.head(branch);
    if (head !== null) return `${branch} is at ${head.slice(0, 12)} (${remote.url})`;
    const branches = await refs.branches();
    const empty = branches.length === 0;
    const has = empty ? 'it is empty' : `it has ${branches.slice(0, 10).join(', ')}`;
    throw new HoldfastError('not_found', `${remote.url} has no branch "${branch}": ${has}`, { details: { empty } });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
