import { resolve } from 'node:path';
import { EVENT_TYPES } from './event-types.ts';
import type { KeyPath } from './key-path.ts';
import type { PathBases } from './path-bases.ts';
import { Secret } from './secret.ts';
import type { ChannelSettings, EnvironmentRule, ServerConfig } from './server-config.ts';
import { parseListen } from './server-fields.ts';
import type { ParsedServer } from './server-schema.ts';
import { toAccess, toSecret, toWorker } from './to-access-settings.ts';
import { toRepository } from './to-repository-settings.ts';

/** The configuration in its final shape, from what zod made of it. Pure. */
export function toServerConfig(parsed: ParsedServer, bases: PathBases): ServerConfig {
  const path = (key: KeyPath, value: string | undefined) =>
    value === undefined ? null : resolve(bases.baseOf(key), value);
  return {
    configFile: bases.configFile,
    dataDir: resolve(bases.baseOf(['data_dir']), parsed.data_dir),
    listen: parseListen(parsed.listen) ?? { host: '127.0.0.1', port: 4600 },
    externalUrl: parsed.external_url ?? null,
    databaseUrl: toSecret(parsed.database_url),
    redisUrl: toSecret(parsed.redis_url),
    artifacts: { s3: toS3(parsed.artifacts.s3) },
    repositories: parsed.repositories.map((entry, index) => toRepository(entry, index, bases)),
    environment: parsed.environment.map(toRule),
    engines: { dir: path(['engines', 'dir'], parsed.engines.dir) },
    providers: { mirror: path(['providers', 'mirror'], parsed.providers.mirror) },
    channels: parsed.channels.map(toChannel),
    ...toLimits(parsed),
    workers: parsed.workers,
    worker: parsed.worker === undefined ? null : toWorker(parsed.worker, path(['worker', 'root'], parsed.worker.root)),
    access: toAccess(parsed.access),
    environmentNames: bases.environmentNames ?? [],
  };
}

function toS3(s3: ParsedServer['artifacts']['s3']): ServerConfig['artifacts']['s3'] {
  return s3 === undefined ? null : { bucket: s3.bucket, endpoint: s3.endpoint ?? null, region: s3.region ?? null };
}

function toRule(rule: ParsedServer['environment'][number]): EnvironmentRule {
  const values = Object.entries(rule.values).map(([name, value]) => [name, new Secret(value)] as const);
  return { stacks: rule.stacks, phase: rule.phase, pass: rule.pass, values: Object.fromEntries(values) };
}

function toChannel(channel: ParsedServer['channels'][number]): ChannelSettings {
  return {
    name: channel.name,
    type: channel.type,
    url: new Secret(channel.url),
    secret: toSecret(channel.secret),
    events: channel.events ?? EVENT_TYPES.filter((event) => event !== 'apply.started'),
    stacks: channel.stacks,
    group: channel.group && channel.type !== 'webhook',
  };
}

function toLimits({ drift, applies, limits, retention, timers }: ParsedServer) {
  return {
    drift: {
      everyMs: drift.every,
      maxConcurrent: drift.max_concurrent,
      breakerPercent: drift.breaker,
      report: drift.report ?? null,
    },
    applies: {
      freeze: applies.freeze,
      windows: applies.windows.map(({ duration, ...schedule }) => ({ ...schedule, durationMs: duration })),
      planExpiresMs: applies.plan_expires,
    },
    limits: { logBytes: limits.log, planTimeoutMs: limits.plan_timeout, deletions: limits.deletions },
    retention: {
      runsMs: retention.runs,
      plansMs: retention.plans,
      logsMs: retention.logs,
      states: retention.states,
    },
    timers: {
      leaseMs: timers.lease,
      heartbeatMs: timers.heartbeat,
      sweepMs: timers.sweep,
      stateRetryMs: timers.state_retry,
      drainMs: timers.drain,
    },
  };
}
