import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, toRfc3339 } from '../kernel/clock.ts';
import { HoldfastError } from '../kernel/errors.ts';
import { newSecret } from '../kernel/ids.ts';
import type { Random } from '../kernel/random.ts';
import { makeDir, writeDurably } from '../platform/files/durable-file.ts';

/** What a running instance says of itself in `data_dir/instance.json`. */
export interface InstanceFile {
  readonly pid: number;
  readonly address: string;
  readonly started_at: string;
  readonly version: string;
  readonly instance: string;
}

/** The workers' secret, `data_dir/worker.secret` (0600): made once, so that a worker survives a restart of ours. */
export async function keepWorkerSecret(dataDir: string, random: Random): Promise<string> {
  const file = join(dataDir, 'worker.secret');
  try {
    const known = readFileSync(file, 'utf8').trim();
    if (known.length >= 32) return known;
  } catch {
    // The first start.
  }
  const secret = newSecret(random);
  await makeDir(dataDir);
  await writeDurably(file, `${secret}\n`);
  return secret;
}

/** Tells the command line on this host where we are. */
export async function announce(
  dataDir: string,
  about: Omit<InstanceFile, 'pid' | 'started_at'>,
  clock: Clock,
): Promise<void> {
  const file: InstanceFile = { pid: process.pid, ...about, started_at: toRfc3339(clock.now()) };
  await writeDurably(join(dataDir, 'instance.json'), `${JSON.stringify(file, null, 2)}\n`);
}

/** Takes the announcement back, if it is still ours. */
export function retract(dataDir: string): void {
  if (readInstanceFile(dataDir)?.pid === process.pid) rmSync(join(dataDir, 'instance.json'), { force: true });
}

/** The announcement in a data_dir, or null. */
export function readInstanceFile(dataDir: string): InstanceFile | null {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'instance.json'), 'utf8'));
  } catch {
    return null;
  }
}

/** The refusal of a port or a database with the name of who has it, where that is an instance of this data_dir. */
export function nameHolder(error: unknown, dataDir: string): unknown {
  if (!(error instanceof HoldfastError) || error.code !== 'conflict') return error;
  const other = readInstanceFile(dataDir);
  if (!other || other.pid === process.pid || !isAlive(other.pid)) return error;
  const what = `data_dir ${dataDir} is in use by Holdfast ${other.version} (pid ${other.pid}) at ${other.address}`;
  return new HoldfastError('conflict', what, {
    treatment: { kind: 'human', wayOut: 'talk to that one, stop it, or set data_dir and listen to others' },
    cause: error,
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
