import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LAST_BYTES = 600;

/** One text for each apply whose outcome is not acknowledged: the files of its call, its exit code, what it said last. */
export function callTraces(dataDir: string): string[] {
  return runDirectories(dataDir)
    .filter((run) => list(join(run, 'apply')).length > 0)
    .map((run) => {
      const read = (name: string) => readFileSync(join(run, 'apply', name), 'utf8');
      const files = list(join(run, 'apply'));
      const exit = files.includes('exit') ? read('exit').trim() : 'none';
      const out = files.includes('out') ? read('out').slice(-LAST_BYTES) : '';
      return `${run}: ${[...list(run), ...files].join(' ')}; exit ${exit}; …${out}`;
    });
}

/** Run directories that their workers have neither handed in nor set aside yet. */
export function openRuns(dataDir: string): string[] {
  return runDirectories(dataDir).filter((run) => !list(run).includes('fenced'));
}

function runDirectories(dataDir: string): string[] {
  const workers = list(dataDir).filter((name) => name.startsWith('worker-'));
  return workers.flatMap((worker) =>
    list(join(dataDir, worker, 'runs')).map((run) => join(dataDir, worker, 'runs', run)),
  );
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}
