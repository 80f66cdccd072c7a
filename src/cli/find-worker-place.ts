import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerConfig } from '../config/server-config.ts';
import { HoldfastError } from '../kernel/errors.ts';
import type { WorkerPlace } from './deps.ts';
import { readInstanceFile } from './find-instance.ts';

/** Where a worker belongs: its `worker` block, and what that leaves open from the data folder of an instance on this host. */
export async function findWorkerPlace({ worker, dataDir, workers }: ServerConfig): Promise<WorkerPlace> {
  const server = worker?.server ?? (await readInstanceFile(dataDir))?.address ?? null;
  if (server === null) {
    const wayOut =
      'start `holdfast serve` (or `up`) first, or say where it is: `worker: {server: https://…, secret: {file: …}}` ' +
      'in server.yaml, or HOLDFAST_WORKER_SERVER and HOLDFAST_WORKER_SECRET_FILE';
    const message = `this worker does not know its control plane: none runs in ${dataDir}`;
    throw new HoldfastError('away', message, { treatment: { kind: 'human', wayOut } });
  }
  const secret = worker?.secret?.reveal() ?? (await readSecret(join(dataDir, 'worker.secret')));
  const name = worker?.name ?? null;
  const root = worker?.root ?? join(dataDir, name === null ? 'worker' : `worker-${name}`);
  return { server, secret, root, concurrency: workers.concurrency, ...(name === null ? {} : { name }) };
}

async function readSecret(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const wayOut = 'give it as `worker: {secret: {file: …}}` in server.yaml, or as HOLDFAST_WORKER_SECRET_FILE';
    const message = `this worker has no secret: ${file} cannot be read`;
    throw new HoldfastError('invalid', message, { cause: error, treatment: { kind: 'human', wayOut } });
  }
}
