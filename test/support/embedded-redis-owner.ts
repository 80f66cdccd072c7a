import { systemClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { type EmbeddedKind, startEmbeddedRedis } from '../../src/platform/queue/embedded-redis.ts';

/** A process that owns an embedded Redis: `DATA_DIR KIND`; prints its address as JSON, then lives until it is killed. */
const [dataDir = '', kind = ''] = process.argv.slice(2);
const redis = await startEmbeddedRedis({
  dataDir,
  kinds: [kind as EmbeddedKind],
  searchPath: process.env.PATH ?? '',
  clock: systemClock,
  random: systemRandom,
  logger: silentLogger,
});
console.log(JSON.stringify({ url: redis.url, kind: redis.kind }));
setInterval(() => {}, 60_000);
