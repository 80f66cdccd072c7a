import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { HoldfastError, messageOf } from '../../kernel/errors.ts';
import type { EngineCommand } from './starter-script.ts';

const SHIM = fileURLToPath(new URL('./shim.sh', import.meta.url));

/**
 * Starts an engine through the shim, in a session of its own; output goes to `out` and `err` in `dir`, an absolute path.
 * The promise resolves when the shim has ended, and rejects where it could not be started; the engine itself may live on.
 */
export async function spawnEngine(dir: string, command: EngineCommand): Promise<void> {
  const { binary, args, cwd, env } = command;
  try {
    // Not execa: nothing of it is wanted here, and forking a process that is 20 MiB larger takes twice as long.
    const shim = spawn('/bin/sh', [SHIM, dir, binary, ...args], { cwd, env, stdio: 'ignore', detached: true });
    await new Promise((resolve, reject) => shim.once('exit', resolve).once('error', reject));
  } catch (cause) {
    const wayOut = `is ${cwd} a directory, and may this user start processes?`;
    throw new HoldfastError('engine', `could not start ${binary}: ${messageOf(cause)}; ${wayOut}`, { cause });
  }
}
