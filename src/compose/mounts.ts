import type { Mount } from '../api/app.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { TokenDirectory } from '../features/access/index.ts';
import { registerSynthRoutes, type SynthDesk } from '../features/cdktf/index.ts';
import { registerExecutionRoutes } from '../features/execution/index.ts';
import { registerWebhookRoutes } from '../features/repos/index.ts';
import { registerStateRoutes, type StateBackend } from '../features/state/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Database } from '../platform/db/open-database.ts';

/** The largest state that is taken, bytes. */
export const STATE_BYTES = 512 * 1024 ** 2;
const STATE_REQUESTS = 64;

export interface MountOptions {
  readonly db: Database;
  readonly config: ServerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tokens: TokenDirectory;
  readonly state: StateBackend;
  readonly execution: Parameters<typeof registerExecutionRoutes>[1];
  readonly synths: SynthDesk;
  /** A webhook's word that a repository has moved. */
  readonly hint: (repository: string) => void;
}

/** The routes that speak protocols of their own: workers, webhooks, states. */
export function createMounts(options: MountOptions): Mount[] {
  const { db, config, clock, logger: log, tokens, state, hint } = options;
  return [
    (scope) => registerExecutionRoutes(scope, options.execution),
    async (scope) => registerSynthRoutes(scope, { secret: options.execution.secret, desk: options.synths }),
    (scope) => registerWebhookRoutes(scope, { repositories: config.repositories, hint, clock, log }),
    (scope) =>
      registerStateRoutes(scope, {
        ...{ db, service: state.service, tokens: state.tokens, clock, log },
        admins: (token, stack) => {
          const found = tokens.authenticate(token);
          return found && { actor: found.actor, mayAdminister: found.role === 'admin' && found.sees(stack) };
        },
        maxBytes: STATE_BYTES,
        maxConcurrent: STATE_REQUESTS,
        isReady: () => true,
      }),
  ];
}
