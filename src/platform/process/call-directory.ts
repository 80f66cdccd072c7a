import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isLiving, readBootId, readCommandLine, readProcess } from './proc.ts';
import { type EngineRecord, type Observation, parseExitLine, parsePidLine } from './process-evidence.ts';

/** What an engine process was meant to be; written before it is spawned. Holds no environment: that has secrets. */
export interface CallIntent {
  readonly run: string;
  readonly attempt: number;
  readonly label: string;
  readonly binary: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Room for the line in `exit`: no code yet. */
const NO_CODE = ' '.repeat(4);

/**
 * Makes a call's directory and its `intent.json`; with `isDurable` both survive a power cut once this resolves, and its exit
 * code has a place on the disk already. Nothing is meant where this throws.
 */
export async function createCallDirectory(dir: string, intent: CallIntent, isDurable: boolean): Promise<void> {
  mkdirSync(dir, { mode: 0o700, recursive: true });
  if (isDurable) writeFileSync(join(dir, 'exit'), NO_CODE, { mode: 0o600 });
  const path = join(dir, 'intent.json');
  try {
    writeFileSync(path, `${JSON.stringify(intent)}\n`, { mode: 0o600 });
  } catch (error) {
    // Half of it on a full disk would be a wish.
    rmSync(path, { force: true });
    throw error;
  }
  if (!isDurable) return;
  await syncFile(path);
  await Promise.all([syncDirectory(dir), syncDirectory(join(dir, '..'))]);
}

/** The intent in a call's directory; null where there is no whole one. */
export async function readIntent(dir: string): Promise<CallIntent | null> {
  const text = await readOrNull(join(dir, 'intent.json'));
  return text?.endsWith('\n') ? (JSON.parse(text) as CallIntent) : null;
}

/** Makes the names in a directory survive a power cut. */
export function syncDirectory(dir: string): Promise<void> {
  return syncFile(dir);
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Forbids a start that has not happened: true where `pid` now says `never`, false where somebody wrote it before. */
export async function forbidStart(dir: string): Promise<boolean> {
  try {
    await writeFile(join(dir, 'pid'), 'never\n', { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    // The file is ours and empty: a shim cannot make its own any more, which is as good.
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC' && existsSync(join(dir, 'pid'))) return true;
    throw error;
  }
}

/** Tells a shim that is between making `pid` and starting the engine not to. */
export async function layVoid(dir: string): Promise<void> {
  await writeFile(join(dir, 'void'), '', { mode: 0o600 });
}

/** Reads everything there is to know about a call's process; nothing of the kernel's where its whole end lies there. */
export async function observe(dir: string): Promise<Observation> {
  const isVoid = existsSync(join(dir, 'void'));
  const hasIntent = existsSync(join(dir, 'intent.json'));
  const pidText = await readOrNull(join(dir, 'pid'));
  const record = parsePidLine(pidText ?? '');
  const started = record !== null && record !== 'never' ? record : null;
  const ended = { hasIntent, isVoid, pidText, bootId: readBootId(), engine: null, isShimLiving: false };
  const exitText = await readOrNull(join(dir, 'exit'));
  if (parseExitLine(exitText) !== null) return { ...ended, exitText };
  // The process before `exit`: a shim that dies in between has written all it ever will.
  const engine = started ? readProcess(started.pid) : null;
  const isShimLiving = started !== null && isShimOf(dir, started);
  return { ...ended, exitText: await readOrNull(join(dir, 'exit')), engine, isShimLiving };
}

/** Whether the process with a shim's pid is the shim that started this call. */
export function isShimOf(dir: string, { shimPid, shimStartTime }: EngineRecord): boolean {
  if (shimStartTime === undefined) return readCommandLine(shimPid).includes(dir);
  const shim = readProcess(shimPid);
  return isLiving(shim) && shim.startTime === shimStartTime;
}

/** A small file's text, or null where it is not there. Read at once: a hop to the thread pool costs ten times as much. */
export async function readOrNull(path: string): Promise<string | null> {
  try {
    // Asked first: an error costs more than the question.
    return statSync(path, { throwIfNoEntry: false }) ? readFileSync(path, 'utf8') : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
