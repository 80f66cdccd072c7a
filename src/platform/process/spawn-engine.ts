import { fileURLToPath } from 'node:url';
import { HoldfastError } from '../../kernel/errors.ts';

/** An engine's process: absolute binary, subcommand first, and the whole of its environment. */
export interface EngineCommand {
  readonly binary: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const SHIM = fileURLToPath(new URL('./shim.sh', import.meta.url));

/**
 * Starts an engine through the shim, in a session of its own; output goes to `out` and `err` in `dir`, an absolute path.
 * The promise resolves when the shim has ended, and rejects where it could not be started; the engine itself may live on.
 */
export async function spawnEngine(dir: string, command: EngineCommand): Promise<void> {
  // Loaded with the first engine: 20 MiB that an idle worker does not need.
  const { execa } = await import('execa');
  // Every option keeps execa from ending or feeding the process: its defaults leave locks stuck.
  const shim = execa('/bin/sh', [SHIM, dir, command.binary, ...command.args], {
    cwd: command.cwd,
    env: command.env,
    extendEnv: false,
    stdio: 'ignore',
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    forceKillAfterDelay: false,
  });
  const result = await shim;
  if (shim.pid !== undefined) return;
  const wayOut = `is ${command.cwd} a directory, and may this user start processes?`;
  const message = `could not start ${command.binary}: ${result.originalMessage ?? 'spawn failed'}; ${wayOut}`;
  throw new HoldfastError('engine', message, { cause: result.cause });
}
