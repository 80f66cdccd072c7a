import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Environment } from '../config/environment.ts';
import { HoldfastError } from '../kernel/errors.ts';
import { readDataDir } from './read-data-dir.ts';

/** Where the running instance answers, and with what token. */
export interface InstanceAddress {
  /** Without a trailing slash. */
  readonly address: string;
  /** Null: none is known; the instance will say 401. */
  readonly token: string | null;
  /** How the address was found, for messages: `--server`, `HOLDFAST_SERVER`, or the instance file's path. */
  readonly from: string;
}

/** What a running instance writes to `data_dir/instance.json`. */
export interface InstanceFile {
  readonly pid: number;
  readonly address: string;
  readonly started_at: string;
  readonly version: string;
  readonly instance: string;
}

export interface FindInstanceOptions {
  readonly server: string | undefined;
  readonly token: string | undefined;
  readonly config: string | undefined;
  readonly env: Environment;
  readonly cwd: string;
}

/** Flag, then environment, then the local data_dir. The local token goes only to the local address. */
export async function findInstance(options: FindInstanceOptions): Promise<InstanceAddress> {
  const token = await tokenOf(options);
  const named = options.server ?? (await fromEnvironment(options.env, 'HOLDFAST_SERVER', options.cwd));
  if (named !== null && named !== undefined && token !== null) {
    return { address: checkAddress(named), token, from: sourceOf(options) };
  }
  const dataDir = await readDataDir(options);
  const local = await readInstanceFile(dataDir);
  if (named !== null && named !== undefined) {
    const address = checkAddress(named);
    const isLocal = local !== null && local.address === address;
    return { address, token: isLocal ? await readAdminToken(dataDir) : null, from: sourceOf(options) };
  }
  if (local === null) throw notRunning(dataDir);
  const from = join(dataDir, 'instance.json');
  return { address: checkAddress(local.address), token: token ?? (await readAdminToken(dataDir)), from };
}

/** The instance file of a data folder, or null where there is none or it is no such thing. */
export async function readInstanceFile(dataDir: string): Promise<InstanceFile | null> {
  try {
    const value: unknown = JSON.parse(await readFile(join(dataDir, 'instance.json'), 'utf8'));
    if (typeof value !== 'object' || value === null || !('address' in value)) return null;
    return typeof value.address === 'string' ? (value as InstanceFile) : null;
  } catch {
    return null;
  }
}

function notRunning(dataDir: string): HoldfastError {
  const wayOut =
    'start it with `holdfast up`, go to the folder of its server.yaml or name that with --config FILE, ' +
    'or name another instance with --server URL and --token TOKEN (HOLDFAST_SERVER, HOLDFAST_TOKEN)';
  const message = `no Holdfast is running here: there is no ${join(dataDir, 'instance.json')}`;
  return new HoldfastError('away', message, { treatment: { kind: 'human', wayOut } });
}

async function readAdminToken(dataDir: string): Promise<string | null> {
  try {
    return (await readFile(join(dataDir, 'admin.token'), 'utf8')).trim();
  } catch {
    return null;
  }
}

async function tokenOf(options: FindInstanceOptions): Promise<string | null> {
  const token = options.token ?? (await fromEnvironment(options.env, 'HOLDFAST_TOKEN', options.cwd));
  if (token === null || token === '') return null;
  // A header takes no control characters, and undici's own message would repeat the value.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new HoldfastError('invalid', 'the token holds spaces or other characters that no token has: check --token');
  }
  return token;
}

/** A variable, or the content of the file that `NAME_FILE` names. */
async function fromEnvironment(env: Environment, name: string, cwd: string): Promise<string | null> {
  const value = env[name];
  if (value !== undefined && value !== '') return value.trim();
  const file = env[`${name}_FILE`];
  if (file === undefined || file === '') return null;
  try {
    return (await readFile(resolve(cwd, file), 'utf8')).trim();
  } catch (error) {
    throw new HoldfastError('invalid', `${name}_FILE names ${file}, which cannot be read`, { cause: error });
  }
}

function checkAddress(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    const message = `the server's address must be a URL such as http://127.0.0.1:4600, got "${text}"`;
    throw new HoldfastError('invalid', message, { cause: error });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new HoldfastError('invalid', `the server's address must begin with http:// or https://, got "${text}"`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new HoldfastError('invalid', "the server's address must hold no password: give the token with --token");
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function sourceOf(options: FindInstanceOptions): string {
  return options.server === undefined ? 'HOLDFAST_SERVER' : '--server';
}
