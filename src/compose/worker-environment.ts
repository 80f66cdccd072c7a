import type { Environment } from '../config/environment.ts';
import type { EnvironmentRule } from '../config/server-config.ts';

/**
 * What the workers of `up` inherit: everything but our own settings and the variables that server.yaml reads secrets from,
 * unless `environment` passes them on by name. What of it reaches an engine is decided later, by `environment`. Pure.
 */
export function workerEnvironment(
  env: Environment,
  config: { readonly environmentNames: readonly string[]; readonly environment: readonly EnvironmentRule[] },
): Record<string, string> {
  const secret = new Set(config.environmentNames);
  const passed = config.environment.flatMap((rule) => rule.pass);
  const isPassed = (name: string) =>
    passed.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
  const isOurs = (name: string) => name.startsWith('HOLDFAST_') && name !== 'HOLDFAST_LOG_LEVEL';
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !isOurs(entry[0]) && (!secret.has(entry[0]) || isPassed(entry[0])),
    ),
  );
}
