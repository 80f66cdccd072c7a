import { readFileSync, unlinkSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, sleep } from '../src/kernel/clock.ts';
import { HoldfastError } from '../src/kernel/errors.ts';
import { isLiving, readBootId, readProcess } from '../src/platform/process/proc.ts';

/** One worker per root: this one, until it lets go or dies. */
export interface RootLock {
  /** Synchronous, so that it can be the last thing a process does. */
  release(): void;
}

export interface RootLockOptions {
  readonly root: string;
  readonly clock: Clock;
  /** How long to wait for a worker that still holds the root. */
  readonly waitMs: number;
  readonly onWait: (holder: number) => void;
  /** The disk is full: it is waited for room, however long. */
  readonly onFull: (error: unknown) => void;
}

const FULL_MS = 1000;

/**
 * Takes `<root>/worker.lock`, an exclusive file with boot id, pid and start time. One of a dead process is taken over; a
 * living holder is waited for. Throws `busy`, naming the holder, when it does not let go.
 */
export async function takeRoot(options: RootLockOptions): Promise<RootLock> {
  const { clock, root } = options;
  const path = join(root, 'worker.lock');
  const mine = ownLine();
  const until = clock.now() + options.waitMs;
  for (let isFirst = true; ; isFirst = false) {
    const tried = await tryTake(path, mine, clock).catch((error) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      if (isFirst) options.onFull(error);
      return 'full' as const;
    });
    if (tried === 'taken') return { release: () => releaseIfMine(path, mine) };
    if (tried === 'full') {
      await sleep(clock, FULL_MS);
      continue;
    }
    const holder = await readFile(path, 'utf8').catch(() => null);
    const holderPid = holder === null ? null : livingHolder(holder);
    if (holder !== null && holderPid === null) await setAside(path, holder);
    if (holderPid === null) continue;
    if (clock.now() >= until) {
      const message = `${root} belongs to the worker with pid ${holderPid}; stop it, or give this one a root of its own`;
      throw new HoldfastError('busy', message, { treatment: { kind: 'human', wayOut: 'one worker per root' } });
    }
    if (isFirst) options.onWait(holderPid);
    await sleep(clock, 100);
  }
}

/** The pid in a lock's line if that very process lives; null for a dead one or half a line. */
function livingHolder(line: string): number | null {
  const match = /^(\S+) (\d+) (\d+)\n$/.exec(line);
  if (!match || match[1] !== readBootId()) return null;
  const facts = readProcess(Number(match[2]));
  return isLiving(facts) && facts.startTime === match[3] ? facts.pid : null;
}

async function tryTake(path: string, mine: string, clock: Clock): Promise<'taken' | 'held'> {
  const own = `${path}.${process.pid}`;
  try {
    await writeFile(own, mine, { mode: 0o600 });
    // A link is exclusive and whole at once; a plain exclusive create could be read half written.
    await link(own, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'held';
    throw error;
  } finally {
    await rm(own, { force: true });
  }
  // Who set a dead one's file aside at this very moment may have got ours, and puts it back or keeps it.
  await sleep(clock, 20);
  return (await readFile(path, 'utf8').catch(() => '')) === mine ? 'taken' : 'held';
}

async function setAside(path: string, dead: string): Promise<void> {
  const aside = `${path}.${process.pid}.dead`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== dead) await link(aside, path);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

function ownLine(): string {
  return `${readBootId()} ${process.pid} ${readProcess(process.pid)?.startTime ?? '0'}\n`;
}

function releaseIfMine(path: string, mine: string): void {
  try {
    if (readFileSync(path, 'utf8') === mine) unlinkSync(path);
  } catch {
    // Somebody removed the root: nothing is left to release.
  }
}
