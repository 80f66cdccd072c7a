/** server.yaml of a test, but for what the instance itself decides. Values as YAML reads them. */
export interface InstanceConfig {
  readonly repositories: readonly Readonly<Record<string, unknown>>[];
  readonly channels?: readonly Readonly<Record<string, unknown>>[];
  readonly [key: string]: unknown;
}

/** Quick timers; the lease stays long, for a busy machine must not look like a dead worker. */
const TIMERS = { lease: '30s', heartbeat: '500ms', sweep: '1s', drain: '5s' };

/** The text of a server.yaml; JSON is YAML. */
export function serverYaml(config: InstanceConfig, port: number): string {
  // A check by schedule would be a run that no test counts on.
  const drift = { every: '7d' };
  const all = { version: 1, data_dir: './data', listen: `127.0.0.1:${port}`, timers: TIMERS, drift, ...config };
  return `${JSON.stringify(all, null, 2)}\n`;
}
