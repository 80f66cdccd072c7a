import { utimesSync } from 'node:fs';
import { copyFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../src/kernel/clock.ts';
import { readOrNull } from '../../src/platform/process/call-directory.ts';
import { SCHEMA_FILE } from '../plan-file/schema-file.ts';

/** Written only after a successful init; its change time is the last use. */
const MARKER = 'holdfast-init.json';
const LOCK_COPY = 'holdfast.lock.hcl';
const LOCK = '.terraform.lock.hcl';
/** Head plans and drift checks at another commit would otherwise throw out each other's. */
const KEPT = 2;

interface Marker {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Content of `environment` (the selected workspace) as init left it; null where there was none. */
  readonly workspace: string | null;
}

/** When a data directory was initialised; null where no init came to its end there. */
export async function initialisedAt(dataDir: string): Promise<number | null> {
  return (await readMarker(dataDir))?.at ?? null;
}

/** Takes the mark away: from here on the directory counts as not initialised. What is costly (providers) stays. */
export async function forgetInit(dataDir: string): Promise<void> {
  await rm(join(dataDir, MARKER), { force: true });
  for (const name of ['terraform.tfstate', 'modules', 'environment', SCHEMA_FILE]) {
    await rm(join(dataDir, name), { recursive: true, force: true });
  }
}

/** Marks the directory after a successful init, with the lock file that init left in the stack. */
export async function recordInit(dataDir: string, stackDir: string, clock: Clock): Promise<void> {
  await rm(join(dataDir, LOCK_COPY), { force: true });
  await copyFile(join(stackDir, LOCK), join(dataDir, LOCK_COPY)).catch(ignoreMissing);
  const marker: Marker = { at: clock.now(), workspace: await readOrNull(join(dataDir, 'environment')) };
  await writeFile(join(dataDir, `${MARKER}.new`), JSON.stringify(marker), { mode: 0o600 });
  await rename(join(dataDir, `${MARKER}.new`), join(dataDir, MARKER));
}

/**
 * Puts the stack where init would have left it: its lock file (unless it `keepsLock`, the one it was planned with), and no
 * workspace that somebody selected since.
 */
export async function restoreInit(
  dataDir: string,
  stackDir: string,
  clock: Clock,
  { keepsLock = false } = {},
): Promise<void> {
  const [kept, present] = await Promise.all([readOrNull(join(dataDir, LOCK_COPY)), readOrNull(join(stackDir, LOCK))]);
  if (!keepsLock && kept !== null && kept !== present) await writeFile(join(stackDir, LOCK), kept);
  const marker = await readMarker(dataDir);
  const selected = join(dataDir, 'environment');
  if (marker && (await readOrNull(selected)) !== marker.workspace) {
    if (marker.workspace === null) await rm(selected, { force: true });
    else await writeFile(selected, marker.workspace);
  }
  const seconds = clock.now() / 1000;
  utimesSync(join(dataDir, MARKER), seconds, seconds);
}

/** Removes all data directories of the stack but this one and the one used last before it. */
export async function pruneInits(dataDir: string): Promise<void> {
  const parent = join(dataDir, '..');
  const names = (await readdir(parent)).filter((name) => join(parent, name) !== dataDir);
  const used = await Promise.all(
    names.map(async (name) => {
      const marker = await stat(join(parent, name, MARKER)).catch(() => null);
      return { name, at: marker?.mtimeMs ?? 0 };
    }),
  );
  const old = used.sort((a, b) => b.at - a.at).slice(KEPT - 1);
  for (const { name } of old) await rm(join(parent, name), { recursive: true, force: true });
}

async function readMarker(dataDir: string): Promise<Marker | null> {
  const text = await readOrNull(join(dataDir, MARKER));
  return text === null ? null : (JSON.parse(text) as Marker);
}

function ignoreMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
