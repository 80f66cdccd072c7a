import { readFile, writeFile } from 'node:fs/promises';

/** Writes a small file unless it holds exactly that already: an engine that is being adopted may be reading it. */
export async function writeIfChanged(file: string, text: string): Promise<void> {
  const present = await readFile(file, 'utf8').catch(() => null);
  if (present !== text) await writeFile(file, text, { mode: 0o600 });
}
