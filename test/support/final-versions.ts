import { startStateBackend } from './state-backend.ts';
import type { FinalVersion } from './state-history.ts';

/** All versions that a fresh start of the backend over this folder finds, readable to the last byte. */
export async function finalVersions(dir: string, stacks: readonly string[]): Promise<Map<string, FinalVersion[]>> {
  const server = await startStateBackend({ dir, keepVersions: 1_000_000 });
  const found = new Map<string, FinalVersion[]>();
  for (const stack of stacks) {
    const versions: FinalVersion[] = [];
    for (const { serial } of await server.backend.history.list(stack, 1_000_000)) {
      const { bytes } = await server.backend.history.pull(stack, serial);
      versions.unshift({ serial, text: Buffer.concat(await bytes.toArray()).toString() });
    }
    found.set(stack, versions);
  }
  await server.stop();
  return found;
}
