import { constants } from 'node:fs';
import { chmod, mkdir, open, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError, messageOf } from '../../src/kernel/errors.ts';
import { runContained } from '../../src/platform/process/contained-process.ts';
import { unpackSource } from '../steps/unpack-source.ts';
import { appErrorText, stopText } from './app-error.ts';
import { collectStack } from './collect-stack.ts';
import { InstallError, installPackages } from './install-packages.ts';
import { readManifest } from './read-manifest.ts';
import type { SynthContext, SynthEnd, SynthStack } from './synth-context.ts';
import { appEnvironment } from './synth-environment.ts';

const MAX_MANIFEST = 10 * 1024 ** 2;
/** Satisfies every check of a version; what the real engine lacks it says itself. */
const ANY_VERSION = '1.99.0';

interface Found {
  stacks: SynthStack[];
}

/** The synthesis as a list of named steps. */
const STEPS: readonly { readonly name: string; run(context: SynthContext, found: Found): Promise<void> }[] = [
  { name: 'source', run: layOut },
  { name: 'install', run: async (context) => void (await installPackages(context)) },
  { name: 'app', run: runApp },
  { name: 'stacks', run: readStacks },
];

/** Synthesises an app: its sources, its packages, its program, what it wrote. Throws only what may pass (`away`, `fenced`, `gone`). */
export async function synthesise(context: SynthContext): Promise<SynthEnd> {
  const found: Found = { stacks: [] };
  const timings: Record<string, number> = {};
  try {
    for (const { name, run } of STEPS) {
      const since = context.clock.now();
      await run(context, found);
      timings[name] = context.clock.now() - since;
    }
    return { result: 'done', error: null, stacks: found.stacks, timings };
  } catch (error) {
    const passes = error instanceof HoldfastError && ['away', 'busy', 'fenced', 'gone'].includes(error.code);
    if (passes || context.signal.aborted) throw error;
    const result = error instanceof InstallError ? 'install_failed' : 'failed';
    return { result, error: messageOf(error).slice(0, 16_000), stacks: [], timings };
  }
}

async function layOut(context: SynthContext): Promise<void> {
  const { place, assignment } = context;
  await rm(place, { recursive: true, force: true });
  for (const name of ['home', 'tmp']) await mkdir(join(place, name), { recursive: true, mode: 0o700 });
  await unpackSource(await context.fetchSource(), join(place, 'src'));
  const facts = await stat(context.appDir).catch(() => null);
  if (facts?.isDirectory()) return;
  throw new HoldfastError('invalid', `app \`${assignment.app}\`: there is no directory \`${assignment.dir}\``);
}

async function runApp(context: SynthContext): Promise<void> {
  const { assignment, place, limits, clock, signal, outDir } = context;
  await mkdir(outDir, { recursive: true });
  const end = await runContained({
    command: ['/bin/sh', '-c', assignment.command],
    cwd: context.appDir,
    env: appEnvironment(context, await writeStub(context)),
    writable: place,
    limits: limits.app,
    clock,
    signal,
  });
  const stopped = stopText(end, limits.app);
  if (end.exitCode === 0 && stopped === null) return;
  const said = stopped ?? appErrorText(end.output, join(place, 'src'));
  const how = end.exitCode === null || stopped !== null ? '' : ` (exit code ${end.exitCode})`;
  throw new HoldfastError('invalid', `app \`${assignment.app}\`: \`${assignment.command}\` failed${how}: ${said}`);
}

/** cdktf asks the engine for its version once per resource; this answers in a millisecond. */
async function writeStub({ place, assignment }: SynthContext): Promise<string> {
  const file = join(place, 'home', 'terraform');
  const version = assignment.engine_version ?? ANY_VERSION;
  await writeFile(file, `#!/bin/sh\necho 'Terraform v${version.replaceAll("'", '')}'\n`);
  await chmod(file, 0o755);
  return file;
}

async function readStacks(context: SynthContext, found: Found): Promise<void> {
  const { assignment, outDir } = context;
  const text = await readBounded(join(outDir, 'manifest.json'));
  if (text === null) {
    throw new HoldfastError(
      'invalid',
      `app \`${assignment.app}\`: \`${assignment.command}\` wrote no manifest.json: does it call \`app.synth()\`, and leave CDKTF_OUTDIR as it is?`,
    );
  }
  for (const stack of readManifest(assignment.app, text)) found.stacks.push(await collectStack(context, stack));
}

async function readBounded(path: string): Promise<string | null> {
  // A link would be followed out of the place.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => null);
  if (!handle) return null;
  try {
    const facts = await handle.stat();
    if (!facts.isFile() || facts.size > MAX_MANIFEST)
      throw new HoldfastError('invalid', 'its manifest.json is larger than 10 MB');
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
