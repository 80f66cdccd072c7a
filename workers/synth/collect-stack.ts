import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { Header } from 'tar';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { normaliseStack } from './normalise-stack.ts';
import type { ListedStack } from './read-manifest.ts';
import type { SynthContext, SynthStack } from './synth-context.ts';

/** Where cdktf writes to by itself: there a stack's files lie in its working copy, whatever the worker used. */
const OUTPUT = 'cdktf.out';
const LOCK = '.terraform.lock.hcl';
const MAX_LOCK = 1024 * 1024;
const MAX_FILES = 10_000;
const MAX_BYTES = 100 * 1024 ** 2;

/**
 * One synthesised stack: its directory as a tar that is the same for the same files, sent to the control plane. Throws
 * `invalid` where the directory holds links, devices, too much, or not its file.
 */
export async function collectStack(context: SynthContext, listed: ListedStack): Promise<SynthStack> {
  const { assignment, outDir, place } = context;
  const root = join(outDir, listed.dir);
  const refuse = (what: string) =>
    new HoldfastError('invalid', `app \`${assignment.app}\`: stack \`${listed.name}\` ${what}`);
  const facts = await lstat(root).catch(() => null);
  if (!facts?.isDirectory() || (await realpath(root)) !== root) throw refuse(`has no directory ${listed.dir}`);
  const paths = await walk(root, refuse);
  if (!paths.includes(listed.file)) throw refuse(`has no file ${listed.dir}/${listed.file}`);
  const locked = paths.includes(LOCK) ? null : await readLock(context, listed);
  const home = [...(assignment.dir === '.' ? [] : [assignment.dir]), OUTPUT, listed.dir].join('/');
  const files: { path: string; size: number; sha: string }[] = [];
  const parts: Buffer[] = [];
  let problem = listed.errors[0] ?? null;
  let total = 0;
  for (const path of locked === null ? paths : [...paths, LOCK].sort()) {
    const read = path === LOCK && locked !== null ? locked : await readFile(join(root, path));
    let bytes = read;
    if (path === listed.file) {
      const normalised = normaliseStack(listed.name, read.toString('utf8'), { src: join(place, 'src'), place });
      problem ??= normalised.problem;
      bytes = Buffer.from(normalised.text);
    }
    total += bytes.length;
    if (total > MAX_BYTES) throw refuse(`holds more than ${MAX_BYTES / 1024 ** 2} MB`);
    files.push({ path, size: bytes.length, sha: createHash('sha1').update(bytes).digest('hex') });
    parts.push(tarEntry(`${home}/${path}`, bytes));
  }
  parts.push(Buffer.alloc(1024));
  const digest = await context.sendStack(Buffer.concat(parts));
  return { name: listed.name, dir: listed.dir, depends_on: [...listed.dependsOn], digest, files, problem };
}

/**
 * The lock file that the repository has for the stack, where cdktf's own command line would find and keep it:
 * `<app>/cdktf.out/<stack's directory>`. null: none, or one that leads elsewhere.
 */
async function readLock({ appDir }: SynthContext, listed: ListedStack): Promise<Buffer | null> {
  const file = join(appDir, OUTPUT, listed.dir, LOCK);
  const facts = await lstat(file).catch(() => null);
  if (!facts?.isFile() || facts.size > MAX_LOCK || (await realpath(file)) !== file) return null;
  return readFile(file);
}

async function walk(root: string, refuse: (what: string) => HoldfastError): Promise<string[]> {
  const found: string[] = [];
  const open = [''];
  for (let dir = open.pop(); dir !== undefined; dir = open.pop()) {
    for (const entry of await readdir(join(root, dir), { withFileTypes: true })) {
      const path = dir === '' ? entry.name : `${dir}/${entry.name}`;
      if (entry.isDirectory()) open.push(path);
      else if (entry.isFile()) found.push(path);
      else throw refuse(`holds ${path}, which is no regular file`);
      if (found.length > MAX_FILES) throw refuse(`holds more than ${MAX_FILES} files`);
    }
  }
  return found.sort();
}

/** A regular file without owner, time or name of a machine. */
function tarEntry(path: string, bytes: Buffer): Buffer {
  const header = new Header({
    path,
    mode: 0o644,
    size: bytes.length,
    mtime: new Date(0),
    type: 'File',
    uid: 0,
    gid: 0,
  });
  const block = Buffer.alloc(512);
  if (header.encode(block, 0)) throw new HoldfastError('invalid', `the path ${path} is longer than a tar can hold`);
  return Buffer.concat([block, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}
