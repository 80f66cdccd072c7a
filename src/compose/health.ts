import type { Health } from '../api/contract.ts';

/** What is looked at for health; each answers quickly and never throws. */
export interface HealthSources {
  readonly version: string;
  readonly instance: string;
  isStopping(): boolean;
  databaseAnswers(): Promise<boolean>;
  redisAnswers(): boolean;
  repositories(): Promise<
    readonly { name: string; status: string; error: string | null; config_error: string | null }[]
  >;
  liveWorkers(): Promise<number>;
  /** Channels with messages that could not be delivered lately: name and last error. */
  brokenChannels(): Promise<readonly { channel: string; error: string }[]>;
}

type Check = Health['checks'][number];

/** The health of the instance: `failing` only where it cannot do its work, `degraded` where something outside is away. */
export async function lookAtHealth(sources: HealthSources): Promise<Health> {
  const isUp = await sources.databaseAnswers();
  const checks: Check[] = [
    isUp ? ok('database', 'answers') : bad('database', 'does not answer', 'see the log of the control plane'),
    sources.redisAnswers()
      ? ok('redis', 'answers')
      : warn('redis', 'is away; runs wait', 'start Redis, or check redis_url'),
  ];
  if (isUp) checks.push(...(await outside(sources)));
  const status = sources.isStopping() ? 'failing' : worst(checks);
  return { status, version: sources.version, instance: sources.instance, checks };
}

async function outside(sources: HealthSources): Promise<Check[]> {
  const checks: Check[] = [];
  const workers = await sources.liveWorkers();
  checks.push(
    workers > 0
      ? ok('workers', `${workers} alive`)
      : warn('workers', 'none is alive; runs wait', 'start one with: holdfast worker'),
  );
  for (const repository of await sources.repositories()) {
    const name = `repository ${repository.name}`;
    const trouble = repository.error ?? repository.config_error;
    checks.push(trouble === null ? ok(name, repository.status) : warn(name, trouble, 'it is tried again by itself'));
  }
  for (const { channel, error } of await sources.brokenChannels()) {
    checks.push(warn(`channel ${channel}`, error, 'check its url in server.yaml; it is tried again by itself'));
  }
  return checks;
}

function worst(checks: readonly Check[]): Health['status'] {
  if (checks.some((check) => check.status === 'error')) return 'failing';
  return checks.some((check) => check.status === 'warning') ? 'degraded' : 'ok';
}

const ok = (name: string, detail: string): Check => ({ name, status: 'ok', detail, way_out: '' });
const warn = (name: string, detail: string, wayOut: string): Check => ({
  name,
  status: 'warning',
  detail,
  way_out: wayOut,
});
const bad = (name: string, detail: string, wayOut: string): Check => ({
  name,
  status: 'error',
  detail,
  way_out: wayOut,
});
