import type { Environment } from '../config/environment.ts';
import type { ServerConfig } from '../config/server-config.ts';
import { dropAdminToken, keepAdminToken, TokenDirectory, type TokenEntry } from '../features/access/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { HoldfastError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import { type Database, openDatabase } from '../platform/db/open-database.ts';
import { type Gate, openGate } from '../platform/http/gate.ts';
import { databaseFile } from './data-layout.ts';
import { keepWorkerSecret, nameHolder } from './instance.ts';
import { type Keeping, openKeeping } from './keeping.ts';
import { readInstanceId } from './sql-instance-id.ts';

export interface BaseOptions {
  readonly config: ServerConfig;
  readonly env: Environment;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** What everything else stands on: a port, a database that is ours alone, keys and secrets. */
export interface Base extends BaseOptions {
  readonly gate: Gate;
  readonly db: Database;
  readonly keeping: Keeping;
  readonly instance: string;
  readonly workerSecret: string;
  readonly tokens: TokenDirectory;
}

/** Opens port, database and files. Throws `conflict`, naming who has them, where another instance is at work. */
export async function openBase(options: BaseOptions): Promise<Base> {
  const { config, clock, random } = options;
  refuseWhatComesLater(config);
  const gate = await openGate(config.listen).catch((error) => {
    throw nameHolder(error, config.dataDir);
  });
  let db: Database | null = null;
  try {
    db = await openDatabase({ file: databaseFile(config.dataDir) }).catch((error) => {
      throw nameHolder(error, config.dataDir);
    });
    const keeping = await openKeeping(config.dataDir, { clock, random, logBytes: config.limits.logBytes });
    const given = config.worker?.secret?.reveal();
    return {
      ...options,
      gate,
      db,
      keeping,
      instance: await readInstanceId(db, clock, random),
      workerSecret: given ?? (await keepWorkerSecret(config.dataDir, random)),
      tokens: openTokens(config, random),
    };
  } catch (error) {
    await db?.destroy();
    await gate.close();
    throw error;
  }
}

function openTokens(config: ServerConfig, random: Random): TokenDirectory {
  const { access, dataDir } = config;
  const entries: TokenEntry[] = access.tokens.map((token) => ({ ...token, secret: token.secret.reveal() }));
  if (access.localToken) {
    entries.push({ name: 'local', role: 'admin', stacks: ['**'], secret: keepAdminToken(dataDir, random) });
  } else dropAdminToken(dataDir);
  return new TokenDirectory(entries);
}

/** What would silently do something else than the file says. */
export function refuseWhatComesLater(config: ServerConfig): void {
  if (config.databaseUrl === null) return;
  throw new HoldfastError('invalid', '`database_url` is set, and this version only has its embedded database', {
    treatment: { kind: 'human', wayOut: 'take `database_url` out of server.yaml (and DATABASE_URL out of it)' },
  });
}
