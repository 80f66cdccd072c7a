import { describe, expect, it } from 'vitest';
import { type EnvironmentInput, engineEnvironment } from './engine-environment.ts';
import { knownSecrets } from './known-secrets.ts';

const entry = (more: Partial<EnvironmentInput['assignment']['environment'][number]>) => ({
  phase: 'all' as const,
  pass: [],
  values: {},
  ...more,
});

function environment(assignment: Partial<EnvironmentInput['assignment']> = {}, workerEnv = {}, more = {}) {
  return engineEnvironment({
    assignment: {
      stack: 'net',
      workspace: 'default',
      env: {},
      environment: [],
      backend: 'own',
      state_url: 'http://hf:T@h/state/net',
      ...assignment,
    },
    phase: 'plan',
    workerEnv,
    scratch: '/s',
    dataDir: '/d',
    cliConfig: '/c',
    stateRetryMs: 86_400_000,
    isBuiltinOnly: false,
    ...more,
  });
}

describe('engineEnvironment', () => {
  it('holds the address of its own state and nothing else of the backend', () => {
    const env = environment();
    expect(Object.keys(env).filter((name) => name.startsWith('TF_HTTP_'))).toEqual([
      'TF_HTTP_ADDRESS',
      'TF_HTTP_RETRY_MAX',
      'TF_HTTP_RETRY_WAIT_MAX',
    ]);
    expect(env).toMatchObject({
      TF_WORKSPACE: 'default',
      TF_DATA_DIR: '/d',
      TF_CLI_CONFIG_FILE: '/c',
      HOME: '/s',
      TMPDIR: '/s',
    });
    expect(env.GOGC).toBeUndefined();
    expect(env.GOMAXPROCS).toBeUndefined();
  });

  it('tunes engines without providers of others: less garbage collection, and one thread while others wait', () => {
    expect(environment({}, {}, { isBuiltinOnly: true })).toMatchObject({ GOGC: '400' });
    expect(environment({}, {}, { isBuiltinOnly: true }).GOMAXPROCS).toBeUndefined();
    expect(environment({ queue_is_deep: true }, {}, { isBuiltinOnly: true }).GOMAXPROCS).toBe('1');
    expect(environment({ queue_is_deep: true }).GOMAXPROCS).toBeUndefined();
  });

  it('gives a foreign backend no address of ours, but the operator may', () => {
    const env = environment({
      backend: 'foreign',
      environment: [entry({ values: { TF_HTTP_ADDRESS: 'http://theirs' } })],
    });
    expect(env.TF_HTTP_ADDRESS).toBe('http://theirs');
    expect(environment({ backend: 'foreign' }).TF_HTTP_ADDRESS).toBeUndefined();
    expect(() => environment({ environment: [entry({ values: { TF_HTTP_ADDRESS: 'http://theirs' } })] })).toThrow(
      /TF_HTTP_ADDRESS/,
    );
  });

  it('lets later entries win, and the stack over what is passed but not over what is set', () => {
    const env = environment(
      {
        env: { AWS_REGION: 'stack', SET: 'stack', OWN: 'stack' },
        environment: [entry({ pass: ['AWS_*'], values: { SET: 'first' } }), entry({ values: { SET: 'last' } })],
      },
      { AWS_REGION: 'worker', AWS_KEY: 'k', UNASKED: 'x' },
    );
    expect(env).toMatchObject({ AWS_REGION: 'stack', AWS_KEY: 'k', SET: 'last', OWN: 'stack' });
    expect(env.UNASKED).toBeUndefined();
  });

  it('passes by a wide pattern nothing that steers the engine, and nothing of ours', () => {
    const workerEnv = {
      TF_CLI_ARGS: 'x',
      TF_LOG: 'trace',
      LD_PRELOAD: 'x',
      HOLDFAST_WORKER_SECRET: 's',
      NODE_OPTIONS: 'x',
      KEPT: '1',
    };
    const env = environment({ environment: [entry({ pass: ['*'] })] }, workerEnv);
    expect(env).toMatchObject({ KEPT: '1', TF_LOG: 'trace' });
    for (const name of ['TF_CLI_ARGS', 'LD_PRELOAD', 'HOLDFAST_WORKER_SECRET', 'NODE_OPTIONS'])
      expect(env[name]).toBeUndefined();
  });

  it.each([
    'TF_CLI_ARGS_plan',
    'TF_REATTACH_PROVIDERS',
    'TF_LOG',
    'TF_WORKSPACE',
    'TF_DATA_DIR',
    'TF_HTTP_ADDRESS',
    'GIT_SSH_COMMAND',
    'LD_PRELOAD',
    'NODE_OPTIONS',
    'SSH_AUTH_SOCK',
    'PATH',
    'HOME',
    'TMPDIR',
    'CHECKPOINT_DISABLE',
    'BASH_ENV',
    'A=B',
    '',
  ])('refuses `%s` in the env of a stack', (name) => {
    expect(() => environment({ env: { [name]: 'x' } })).toThrow(/`env` in holdfast.yaml may not set/);
  });

  it.each(['TF_CLI_ARGS', 'TF_REATTACH_PROVIDERS', 'TF_DATA_DIR', 'TF_CLI_CONFIG_FILE', 'LD_PRELOAD'])(
    'refuses `%s` of the operator',
    (name) => {
      expect(() => environment({ environment: [entry({ values: { [name]: 'x' } })] })).toThrow(/may not set/);
      expect(() => environment({ environment: [entry({ pass: [name] })] })).toThrow(/may not pass/);
    },
  );

  it('refuses a NUL without showing the value', () => {
    expect(() => environment({ environment: [entry({ values: { X: 'sec\0ret' } })] })).toThrow(
      /the value of `X` holds a NUL/,
    );
  });
});

describe('knownSecrets', () => {
  it('knows set values, the state token, passed secrets by name, and passwords in addresses', () => {
    const secrets = knownSecrets(
      {
        state_url: 'https://hf:TOKEN-1@h/state/net',
        environment: [entry({ pass: ['AWS_*', 'HTTPS_PROXY'], values: { V: 'value-1', DB: 'pg://u:p%40ss@h/db' } })],
      },
      {
        AWS_SECRET_ACCESS_KEY: 'aws-1',
        AWS_REGION: 'eu-1',
        HTTPS_PROXY: 'http://me:proxy-1@p',
        GITHUB_TOKEN: 'unpassed',
      },
    );
    expect(secrets.sort()).toEqual(['TOKEN-1', 'aws-1', 'p%40ss', 'p@ss', 'pg://u:p%40ss@h/db', 'proxy-1', 'value-1']);
  });

  it('has sensitive outputs of other stacks, as a whole and every text within them, and no others', () => {
    const inputs = {
      vpc: { text: 'vpc-1', sensitive: false },
      password: { text: 'hunter2', sensitive: true },
      users: { text: '{"ana":["s3cret-a","s3cret-b"]}', sensitive: true },
    };
    const secrets = knownSecrets({ state_url: null, environment: [], inputs }, {});
    expect(secrets.sort()).toEqual(['hunter2', 's3cret-a', 's3cret-b', '{"ana":["s3cret-a","s3cret-b"]}']);
  });
});

describe('outputs of other stacks', () => {
  const inputs = { vpc: { text: 'vpc-1', sensitive: false } };

  it('are variables of plan and apply, stronger than what `env` says, and nothing to init', () => {
    const env = { TF_VAR_vpc: 'another' };
    expect(environment({ inputs, env }).TF_VAR_vpc).toBe('vpc-1');
    expect(environment({ inputs }, {}, { phase: 'apply' }).TF_VAR_vpc).toBe('vpc-1');
    expect(environment({ inputs }, {}, { phase: 'init' })).not.toHaveProperty('TF_VAR_vpc');
  });
});
