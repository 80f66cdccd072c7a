import { writeFileSync } from 'node:fs';
import { readOrNull } from '../../src/platform/process/call-directory.ts';

/** Writes a small file unless it holds exactly that already: an engine that is being adopted may be reading it. */
export async function writeIfChanged(file: string, text: string): Promise<void> {
  const present = await readOrNull(file).catch(() => null);
  if (present !== text) writeFileSync(file, text, { mode: 0o600 });
}
