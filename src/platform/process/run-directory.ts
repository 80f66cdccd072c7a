import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { open, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readOrNull, syncDirectory } from './call-directory.ts';

/**
 * `runs/<run>-<attempt>/` below a worker's root: one folder per engine call (`init`, `plan`, `plan-2`, …) with the files of
 * `call-directory.ts`, the journal of the log, and marks. It is the truth about what runs, and outlives the worker.
 */
export interface RunDirectory {
  readonly run: string;
  /** The attempt under which it was made; an adoption raises the attempt and leaves the name. */
  readonly firstAttempt: number;
  readonly path: string;
}

/** `acked`: the control plane has the outcome. `fenced`: the run is no longer this worker's; kept for people, for a day. */
export type RunMark = 'acked' | 'fenced';

/** Calls that change something or cost much: what adoption is about. The others are repeated. */
const MAIN_CALL = /^(plan|apply)(?:-(\d+))?$/;

/** Makes the directory of a claimed run; with `isDurable` it survives a power cut once this resolves. */
export async function createRunDirectory(
  root: string,
  ref: { readonly run: string; readonly attempt: number },
  isDurable: boolean,
): Promise<RunDirectory> {
  const { run, attempt } = ref;
  const path = join(root, 'runs', `${run}-${attempt}`);
  mkdirSync(path, { mode: 0o700, recursive: true });
  if (isDurable) await syncDirectory(join(root, 'runs'));
  return { run, firstAttempt: attempt, path };
}

/** Every run directory under a root, oldest first. */
export async function listRunDirectories(root: string): Promise<RunDirectory[]> {
  const runs = join(root, 'runs');
  const found: { directory: RunDirectory; madeAt: number }[] = [];
  for (const name of await readdir(runs).catch(() => [])) {
    const match = /^(.+)-(\d+)$/.exec(name);
    if (!match?.[1]) continue;
    const path = join(runs, name);
    const facts = statSync(path, { throwIfNoEntry: false });
    // Its run may have ended since the names were read.
    if (!facts) continue;
    found.push({ directory: { run: match[1], firstAttempt: Number(match[2]), path }, madeAt: facts.birthtimeMs });
  }
  return found.sort((a, b) => a.madeAt - b.madeAt).map(({ directory }) => directory);
}

/** The attempt under which the run may be reported now. */
export async function readAttempt(directory: RunDirectory): Promise<number> {
  const text = await readOrNull(join(directory.path, 'attempt'));
  return text?.endsWith('\n') ? Number(text) : directory.firstAttempt;
}

/** Notes the attempt that an adoption gave, in one step that survives a power cut. */
export async function recordAttempt(directory: RunDirectory, attempt: number): Promise<void> {
  const path = join(directory.path, 'attempt');
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(`${attempt}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await syncDirectory(directory.path);
}

export async function markRun(directory: RunDirectory, mark: RunMark): Promise<void> {
  closeSync(openSync(join(directory.path, mark), 'w', 0o600));
}

/** When a mark was set, in ms since the epoch; null where it was not. */
export async function markedAt(directory: RunDirectory, mark: RunMark): Promise<number | null> {
  return stat(join(directory.path, mark)).then(
    (facts) => facts.mtimeMs,
    () => null,
  );
}

/** The folder of the n-th call (from 1) with a label. */
export function callName(label: string, nth: number): string {
  return nth === 1 ? label : `${label}-${nth}`;
}

/** Absolute paths of all calls made, and the newest plan or apply among them; null where none was meant yet. */
export async function listCalls(directory: RunDirectory): Promise<{ all: string[]; main: string | null }> {
  const entries = await readdir(directory.path, { withFileTypes: true });
  const names: string[] = [];
  for (const entry of entries) {
    if (entry.isDirectory() && (await hasIntent(join(directory.path, entry.name)))) names.push(entry.name);
  }
  const main = newestMainCall(names);
  return { all: names.map((name) => join(directory.path, name)), main: main && join(directory.path, main) };
}

/** Of call names the newest plan or apply: the highest number; null without any. */
export function newestMainCall(names: readonly string[]): string | null {
  const main = names.filter((name) => MAIN_CALL.test(name));
  const nth = (name: string) => Number(MAIN_CALL.exec(name)?.[2] ?? 1);
  return main.sort((a, b) => nth(b) - nth(a))[0] ?? null;
}

async function hasIntent(call: string): Promise<boolean> {
  return (await readOrNull(join(call, 'intent.json'))) !== null;
}
