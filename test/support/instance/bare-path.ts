import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from '../find-binary.ts';

const NEEDED = ['git', 'git-upload-pack', 'terraform', 'sh', 'cat', 'node'];

/** A PATH with what the program needs and no Redis: one folder of links below `dir`. `without`: nor these. */
export function pathWithoutRedis(dir: string, without: readonly string[] = []): string {
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  for (const name of NEEDED.filter((needed) => !without.includes(needed))) {
    const file = findBinary(name);
    if (file !== null) symlinkSync(file, join(bin, name));
  }
  return bin;
}
