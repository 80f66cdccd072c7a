import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Parser, type ReadEntry } from 'tar';

const MAX_FILE = 8 * 1024 ** 2;

/** Some files out of a tar of ours; larger ones than 8 MB are left out. */
export async function readTarFiles(tar: Readable, paths: ReadonlySet<string>): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const parser = new Parser({ strict: true });
  const reads: Promise<void>[] = [];
  parser.on('entry', (entry: ReadEntry) => {
    if (!paths.has(entry.path) || entry.size > MAX_FILE) return void entry.resume();
    reads.push(entry.concat().then((bytes: Buffer) => void found.set(entry.path, bytes)));
  });
  const ended = new Promise((resolve, reject) => parser.on('end', resolve).on('error', reject));
  tar.on('data', (chunk: Buffer) => void parser.write(chunk));
  await finished(tar, { writable: false });
  parser.end();
  await ended;
  await Promise.all(reads);
  return found;
}
