import { z } from 'zod';
import { accessSchema } from './access-schema.ts';
import { channelSchema } from './channel-schema.ts';
import {
  cron,
  duration,
  flag,
  httpUrl,
  oneOf,
  pathText,
  percent,
  secretText,
  size,
  text,
  timezone,
  whole,
} from './fields.ts';
import { globs, listenText, passPattern, redisUrl, serverVariable, variableValue } from './server-fields.ts';
import { watchedRepositorySchema } from './watched-repository-schema.ts';

const schedule = { schedule: cron().describe('Five cron fields.'), timezone: timezone().prefault('UTC') };

const environmentRule = z.strictObject({
  stacks: globs().describe('Globs over stack names.'),
  phase: oneOf(['init', 'plan', 'apply', 'all']).default('all'),
  pass: z
    .array(passPattern())
    .default([])
    .describe("Names, or prefixes with a trailing *, taken from the worker's own environment."),
  values: z.record(serverVariable(), variableValue()).default({}).describe('Names and their values.'),
});

/** The whole of server.yaml as it is written: snake_case, durations and sizes as text. Parses to ms, bytes and defaults. */
export const serverSchema = z.strictObject({
  version: z.literal(1).default(1).describe('Version of this file format.'),
  data_dir: pathText().default('./.holdfast').describe('Embedded database, artifacts, states, mirrors, workspaces.'),
  listen: listenText()
    .prefault('127.0.0.1:4600')
    .describe('Fixed: a running apply finds its state here after a restart.'),
  external_url: httpUrl().optional().describe('Address under which people and workers reach this instance.'),
  database_url: secretText('a postgres:// URL').optional().describe('Absent: SQLite in data_dir.'),
  redis_url: redisUrl().optional().describe('Absent: embedded.'),
  artifacts: z
    .strictObject({
      s3: z
        .strictObject({ bucket: text(), endpoint: httpUrl().optional(), region: text().optional() })
        .optional()
        .describe('Absent: files in data_dir.'),
    })
    .prefault({}),
  repositories: z.array(watchedRepositorySchema).max(10_000).default([]).describe('What is watched.'),
  environment: z
    .array(environmentRule)
    .max(1000)
    .default([])
    .describe("What the engine's process gets; secrets live here, never in Git; later entries win."),
  engines: z
    .strictObject({ dir: pathText().optional().describe('One folder a version: 1.11.4/terraform, 1.12.6/tofu.') })
    .prefault({}),
  providers: z
    .strictObject({ mirror: pathText().optional().describe('Filesystem mirror, packed or unpacked.') })
    .prefault({}),
  channels: z.array(channelSchema).max(1000).default([]).describe('Where notifications go.'),
  drift: z
    .strictObject({
      every: duration('1m').prefault('1h'),
      max_concurrent: whole(1, 1000).default(2),
      breaker: percent().prefault('30%'),
      report: z.strictObject(schedule).optional(),
    })
    .prefault({}),
  applies: z
    .strictObject({
      freeze: flag().default(false),
      windows: z
        .array(z.strictObject({ ...schedule, duration: duration('1m', '366d') }))
        .max(100)
        .default([]),
      plan_expires: duration('1m').prefault('24h'),
    })
    .prefault({}),
  limits: z
    .strictObject({
      log: size('64KB', '1GB').prefault('10MB'),
      plan_timeout: duration('1s', '7d').prefault('2h'),
      deletions: whole(0, 100_000).default(3),
    })
    .prefault({}),
  retention: z
    .strictObject({
      runs: duration('1h').prefault('90d'),
      plans: duration('1h').prefault('7d'),
      logs: duration('1h').prefault('30d'),
      states: whole(1, 1_000_000).default(100),
    })
    .prefault({}),
  timers: z
    .strictObject({
      lease: duration('200ms', '1d').prefault('30s'),
      heartbeat: duration('50ms', '1h').prefault('5s'),
      sweep: duration('50ms', '1h').prefault('15s'),
      state_retry: duration('1s', '30d').prefault('24h'),
      drain: duration('0s', '1d').prefault('30s'),
    })
    .prefault({}),
  workers: z
    .strictObject({ count: whole(0, 256).default(1), concurrency: whole(1, 1000).default(2) })
    .prefault({})
    .describe('Worker processes under `up`, and plans at once in each.'),
  worker: z
    .strictObject({
      server: httpUrl().optional().describe('Address of the control plane.'),
      secret: secretText('the secret workers share with the control plane').optional(),
      name: text('a name', 200).optional(),
      root: pathText().optional().describe('Folder for working copies and run directories.'),
    })
    .optional()
    .describe('`holdfast worker` only; Redis and limits come from the control plane.'),
  access: accessSchema.optional().describe('Who may do what. Without it only a loopback address is listened on.'),
});

/** server.yaml after zod: defaults filled in, durations in ms, sizes in bytes. */
export type ParsedServer = z.output<typeof serverSchema>;
