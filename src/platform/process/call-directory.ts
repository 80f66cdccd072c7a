import { mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBootId, readCommandLine, readProcess } from './proc.ts';
import { type Observation, parsePidLine } from './process-evidence.ts';

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

/** Makes a call's directory and its `intent.json`; with `isDurable` both survive a power cut once this resolves. */
export async function createCallDirectory(dir: string, intent: CallIntent, isDurable: boolean): Promise<void> {
  await mkdir(dir, { mode: 0o700, recursive: true });
  const file = await open(join(dir, 'intent.json'), 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(intent)}\n`);
    if (isDurable) await file.sync();
  } finally {
    await file.close();
  }
  if (!isDurable) return;
  await Promise.all([syncDirectory(dir), syncDirectory(join(dir, '..'))]);
}

/** The intent in a call's directory; null where there is no whole one. */
export async function readIntent(dir: string): Promise<CallIntent | null> {
  const text = await readOrNull(join(dir, 'intent.json'));
  return text?.endsWith('\n') ? (JSON.parse(text) as CallIntent) : null;
}

/** Makes the names in a directory survive a power cut. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
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
    throw error;
  }
}

/** Tells a shim that is between making `pid` and starting the engine not to. */
export async function layVoid(dir: string): Promise<void> {
  await writeFile(join(dir, 'void'), '', { mode: 0o600 });
}

/** Reads everything there is to know about a call's process. */
export async function observe(dir: string): Promise<Observation> {
  const isVoid = await exists(join(dir, 'void'));
  const hasIntent = await exists(join(dir, 'intent.json'));
  const pidText = await readOrNull(join(dir, 'pid'));
  const record = parsePidLine(pidText ?? '');
  const started = record !== null && record !== 'never' ? record : null;
  // The process before `exit`: a shim that dies in between has written all it ever will.
  const engine = started ? readProcess(started.pid) : null;
  const isShimLiving = started !== null && readCommandLine(started.shimPid).includes(dir);
  const exitText = await readOrNull(join(dir, 'exit'));
  return { hasIntent, isVoid, pidText, exitText, bootId: readBootId(), engine, isShimLiving };
}

/** A small file's text, or null where it is not there. */
export async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
