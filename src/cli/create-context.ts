import type { ApiClient } from './api-client.ts';
import type { CliDeps, CommandContext } from './deps.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Output } from './output.ts';

/** What a command works with. The API client is made, and its code loaded, only when a command asks for it. */
export function createContext(deps: CliDeps, globals: GlobalOptions, output: Output): CommandContext {
  let client: Promise<ApiClient> | undefined;
  return {
    deps,
    globals,
    output,
    api() {
      client ??= connect(deps, globals);
      return client;
    },
    completions: async () => (await import('./list-completions.ts')).listCompletions(),
  };
}

async function connect(deps: CliDeps, globals: GlobalOptions): Promise<ApiClient> {
  const [{ findInstance }, { createApiClient }] = await Promise.all([
    import('./find-instance.ts'),
    import('./api-client.ts'),
  ]);
  const { server, token, config } = globals;
  const instance = await findInstance({ server, token, config, env: deps.env, cwd: deps.cwd });
  return createApiClient({ instance, fetch: deps.fetch, clock: deps.clock, version: deps.version });
}
