import { dirname, join } from 'node:path';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { MINIMAL_PATH } from '../steps/engine-environment.ts';
import type { SynthContext } from './synth-context.ts';

type Variables = Record<string, string>;

/** What the app gets: nothing of the worker's own environment but its PATH, and no credential whatever. */
export function appEnvironment(context: SynthContext, stub: string): Variables {
  return {
    ...base(context),
    CDKTF_OUTDIR: context.outDir,
    CDKTF_CONTEXT_JSON: context.assignment.context,
    TERRAFORM_BINARY_NAME: stub,
    CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1',
  };
}

/** What `npm ci` gets: also the entries of server.yaml's `environment` with phase `init`. Throws `invalid` for a name that steers the loader. */
export function installEnvironment(context: SynthContext): Variables {
  const { assignment, workerEnv, place } = context;
  const given: Variables = {};
  for (const { pass, values } of assignment.environment) {
    for (const pattern of pass) {
      const isMeant = (name: string) =>
        pattern.endsWith('*')
          ? name.startsWith(pattern.slice(0, -1)) && !name.startsWith('HOLDFAST_')
          : name === pattern;
      for (const [name, value] of Object.entries(workerEnv)) {
        if (value !== undefined && isMeant(name) && !REFUSED.test(name)) given[name] = value;
      }
    }
    for (const [name, value] of Object.entries(values)) {
      if (REFUSED.test(name)) {
        throw new HoldfastError(
          'invalid',
          `app \`${assignment.app}\`: \`environment\` in server.yaml may not set \`${name}\``,
        );
      }
      given[name] = value;
    }
  }
  const authorities = given.SSL_CERT_FILE ? { NODE_EXTRA_CA_CERTS: given.SSL_CERT_FILE } : {};
  return {
    npm_config_cache: join(place, 'npm-cache'),
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    ...authorities,
    ...given,
    ...base(context),
  };
}

const REFUSED = /^(LD_|DYLD_|NODE_OPTIONS$|PATH$|HOME$|TMPDIR$|BASH_ENV$|HOLDFAST_)/;

/** `node` is the one that runs us: what it strips of a TypeScript file is the same for everybody. */
function base({ appDir, place, workerEnv }: SynthContext): Variables {
  const own = [join(appDir, 'node_modules', '.bin'), dirname(process.execPath)].join(':');
  return {
    PATH: `${own}:${workerEnv.PATH ?? MINIMAL_PATH}`,
    HOME: join(place, 'home'),
    TMPDIR: join(place, 'tmp'),
    CI: 'true',
    CHECKPOINT_DISABLE: '1',
    NO_COLOR: '1',
    LANG: 'C.UTF-8',
  };
}
