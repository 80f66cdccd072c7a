import { lstat, mkdir, readdir, readlink, rename, rm, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { runContained } from '../../src/platform/process/contained-process.ts';
import { stopText } from './app-error.ts';
import type { SynthContext } from './synth-context.ts';
import { installEnvironment } from './synth-environment.ts';

/** Package trees kept on a root; the one used longest ago goes first. */
const KEPT = 10;

const running = new Map<string, Promise<void>>();

/** `npm ci` failed: another try may help, since a registry can be away. */
export class InstallError extends HoldfastError {
  constructor(message: string) {
    super('engine', message);
  }
}

/**
 * Puts the app's npm packages in place: those of an earlier `npm ci` of the same lock file, else by running it; one install
 * of a tree at a time. Throws `InstallError` with what npm said.
 */
export async function installPackages(context: SynthContext): Promise<'none' | 'kept' | 'installed'> {
  const { install } = context.assignment;
  if (install === null) return 'none';
  const before = running.get(install.digest) ?? Promise.resolve();
  let free = () => {};
  const mine = before.then(() => new Promise<void>((resolve) => (free = resolve)));
  running.set(install.digest, mine);
  await before;
  try {
    return await place(context, install);
  } finally {
    free();
    if (running.get(install.digest) === mine) running.delete(install.digest);
  }
}

async function place(
  context: SynthContext,
  install: { readonly dir: string; readonly digest: string },
): Promise<'kept' | 'installed'> {
  const dir = join(context.place, 'src', install.dir);
  const kept = join(context.root, 'npm', treeName(install.digest));
  const isKept = await isDirectory(join(kept, 'node_modules'));
  if (!isKept) {
    await runNpm(context, dir);
    if (!(await isDirectory(join(dir, 'node_modules'))) || (await leavesItself(join(dir, 'node_modules')))) {
      return 'installed';
    }
    await mkdir(kept, { recursive: true, mode: 0o700 });
    await rename(join(dir, 'node_modules'), join(kept, 'node_modules'));
    await prune(join(context.root, 'npm'), treeName(install.digest));
  }
  await rm(join(dir, 'node_modules'), { recursive: true, force: true });
  await symlink(join(kept, 'node_modules'), join(dir, 'node_modules'));
  const now = context.clock.now() / 1000;
  await utimes(kept, now, now);
  return isKept ? 'kept' : 'installed';
}

/** Packages with native parts are built for one Node. */
export function treeName(digest: string): string {
  return `${digest}-${process.version}`;
}

async function runNpm(context: SynthContext, dir: string): Promise<void> {
  const { assignment, limits, clock, signal, place: writable } = context;
  const end = await runContained({
    command: ['npm', 'ci', '--no-audit', '--no-fund'],
    cwd: dir,
    env: installEnvironment(context),
    writable,
    limits: limits.install,
    clock,
    signal,
  });
  if (end.exitCode === 0 && end.stopped === null) return;
  const said = end.output.trim().slice(-3000);
  const how = stopText(end, limits.install) ?? (said === '' ? `exit code ${end.exitCode ?? 'unknown'}` : said);
  throw new InstallError(`app \`${assignment.app}\`: \`npm ci\` in ${assignment.install?.dir} failed: ${how}`);
}

/** Workspaces are links that lead out of it: such a tree works in its own place only. */
async function leavesItself(modules: string): Promise<boolean> {
  const entries = await readdir(modules, { withFileTypes: true });
  for (const entry of entries) {
    const inner = entry.isDirectory() && entry.name.startsWith('@') ? await readdir(join(modules, entry.name)) : [''];
    for (const name of inner) {
      const path = join(modules, entry.name, name);
      if ((await lstat(path)).isSymbolicLink() && (await readlink(path)).startsWith('..')) return true;
    }
  }
  return false;
}

async function prune(root: string, newest: string): Promise<void> {
  const names = (await readdir(root)).filter((name) => name !== newest);
  const used = await Promise.all(names.map(async (name) => ({ name, at: (await lstat(join(root, name))).mtimeMs })));
  const old = used.sort((a, b) => b.at - a.at).slice(KEPT - 1);
  for (const { name } of old) await rm(join(root, name), { recursive: true, force: true });
}

function isDirectory(path: string): Promise<boolean> {
  return lstat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}
