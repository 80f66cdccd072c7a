import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Secrets that must be found nowhere, by what they are for. */
export type Canaries = Readonly<Record<string, string>>;

/** Makes one for each use; letters and digits only, so that no encoding of an address changes them. */
export function makeCanaries<const Use extends string>(uses: readonly Use[]): Readonly<Record<Use, string>> {
  return Object.fromEntries(uses.map((use) => [use, `Canary${use}q7Xk2m9Vt4`])) as Record<Use, string>;
}

/** Which of them a text holds: as it is, or in the base64 of `user:secret`. */
export function canariesIn(canaries: Canaries, sink: string | Buffer): string[] {
  const text = typeof sink === 'string' ? sink : sink.toString('latin1');
  return Object.entries(canaries).flatMap(([use, canary]) => {
    const encoded = Buffer.from(`deploy:${canary}`).toString('base64').replace(/=+$/, '');
    return text.includes(canary) || text.includes(encoded) ? [use] : [];
  });
}

/** `path: use` for every file below a folder that holds one. */
export function canariesInFiles(canaries: Canaries, dir: string): string[] {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => {
    if (!entry.isFile()) return [];
    const path = join(entry.parentPath, entry.name);
    return canariesIn(canaries, readFileSync(path)).map((use) => `${path}: ${use}`);
  });
}
