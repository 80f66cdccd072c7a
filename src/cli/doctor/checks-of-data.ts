import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import type { ServerConfig } from '../../config/server-config.ts';
import { messageOf } from '../../kernel/errors.ts';
import { wayOutOf } from '../render-error.ts';
import type { Check, DoctorPorts } from './check.ts';

/** data_dir: there and writable, or to be made in a folder that is; and who holds it. */
export async function checkDataDir(dataDir: string, ports: DoctorPorts): Promise<Check> {
  const name = 'data_dir';
  const existing = await nearestExisting(dataDir);
  try {
    await access(existing, constants.W_OK | constants.X_OK);
  } catch {
    const wayOut = 'give this user the right to write there, or name another folder with `data_dir`';
    return { name, status: 'error', detail: `${existing} is not writable`, wayOut };
  }
  if (existing !== dataDir) return { name, status: 'ok', detail: `${dataDir} will be made`, wayOut: '' };
  const { mode } = await stat(dataDir);
  if ((mode & 0o077) !== 0) {
    const wayOut = `chmod 700 ${dataDir}`;
    return { name, status: 'warning', detail: `${dataDir} can be read by other users of this machine`, wayOut };
  }
  const holder = await ports.holderOf(dataDir);
  return { name, status: 'ok', detail: holder === null ? dataDir : `${dataDir}, held by ${holder}`, wayOut: '' };
}

/** Whether the address can be listened on. A running instance of ours has it, and that is as it should be. */
export async function checkListen({ listen }: ServerConfig, isRunning: boolean): Promise<Check> {
  const name = 'listen';
  const address = `${listen.host}:${listen.port}`;
  if (isRunning) return { name, status: 'ok', detail: `${address}, taken by the running instance`, wayOut: '' };
  const error = await tryListen(listen.host, listen.port);
  if (error === null) return { name, status: 'ok', detail: `${address} is free`, wayOut: '' };
  const wayOut = 'end what listens there, or choose another address with `listen`';
  return { name, status: 'error', detail: `${address} cannot be listened on: ${error}`, wayOut };
}

/** The database opens and its schema is ours. A held one is not touched. */
export async function checkDatabase(config: ServerConfig, isRunning: boolean, ports: DoctorPorts): Promise<Check> {
  const name = 'database';
  if (isRunning) return { name, status: 'skipped', detail: 'the running instance has it open', wayOut: '' };
  try {
    return { name, status: 'ok', detail: await ports.probeDatabase(config), wayOut: '' };
  } catch (error) {
    return {
      name,
      status: 'error',
      detail: messageOf(error),
      wayOut: wayOutOf(error) || 'see the message; nothing was changed',
    };
  }
}

function tryListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'EADDRINUSE' ? 'another program listens there' : error.message);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

async function nearestExisting(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    try {
      await stat(at);
      return at;
    } catch {
      if (dirname(at) === at) return at;
    }
  }
}
