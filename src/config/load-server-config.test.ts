import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LOCAL_KEYS, loadServerConfig, type ServerConfigSources, WORKER_KEYS } from './load-server-config.ts';
import { renderProblem } from './problem.ts';

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'holdfast-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function load(text: string | null, more: Partial<ServerConfigSources> = {}) {
  if (text !== null) writeFileSync(join(cwd, 'server.yaml'), text);
  const loaded = loadServerConfig({ cwd, env: {}, ...more });
  return { ...loaded, texts: loaded.problems.map(renderProblem) };
}

test('without the default file every key has its default', () => {
  const { config, problems, file } = load(null);
  expect(problems).toEqual([]);
  expect(file).toBeNull();
  expect(config).toMatchObject({
    configFile: null,
    dataDir: join(cwd, '.holdfast'),
    listen: { host: '127.0.0.1', port: 4600 },
    repositories: [],
    limits: { logBytes: 10 * 1024 ** 2, planTimeoutMs: 7_200_000, deletions: 3 },
    timers: { leaseMs: 30_000, heartbeatMs: 5000, sweepMs: 15_000, stateRetryMs: 86_400_000, drainMs: 30_000 },
    workers: { count: 1, concurrency: 2 },
    worker: null,
    access: { configured: false, localToken: true, tokens: [], oidc: null },
  });
});

test('a file that was asked for must be there', () => {
  for (const more of [{ file: 'other.yaml' }, { env: { HOLDFAST_CONFIG: 'other.yaml' } }]) {
    const { config, texts } = load(null, more);
    expect(config).toBeNull();
    expect(texts).toEqual([
      `cannot be read: "${cwd}/other.yaml" does not exist (other.yaml): name another with --config, or write one with \`holdfast init\``,
    ]);
  }
});

test('a directory in the place of the default file is no missing file', () => {
  expect(load(null, { file: '.' }).texts[0]).toContain('is not a regular file');
});

test('flag goes before environment goes before file goes before default', () => {
  const text = 'workers: {count: 2, concurrency: 3}\nlisten: 127.0.0.1:1\n';
  const env = { HOLDFAST_WORKERS_COUNT: '4', HOLDFAST_LISTEN: '127.0.0.1:2' };
  const { config, settings } = load(text, { env, flags: { listen: '127.0.0.1:3', data_dir: undefined } });
  expect(config?.workers).toEqual({ count: 4, concurrency: 3 });
  expect(config?.listen.port).toBe(3);
  const from = Object.fromEntries(settings.map((setting) => [setting.key, [setting.value, setting.from]]));
  expect(from).toMatchObject({
    listen: ['127.0.0.1:3', 'flag --listen'],
    'workers.count': ['4', 'environment HOLDFAST_WORKERS_COUNT'],
    'workers.concurrency': ['3', 'server.yaml:1:34'],
    'limits.log': ['10MB', 'default'],
    external_url: [null, 'default'],
  });
});

test('the environment sets truth values and reads files, and its secrets are shown nowhere', () => {
  writeFileSync(join(cwd, 'redis'), 'redis://:canary@localhost:6379\n');
  const env = {
    HOLDFAST_REDIS_URL_FILE: 'redis',
    HOLDFAST_ACCESS_LOCAL_TOKEN: 'false',
    HOLDFAST_WORKER_SECRET: 'canary',
  };
  const { config, settings, problems } = load(null, { env });
  expect(problems).toEqual([]);
  expect(config?.redisUrl?.reveal()).toBe('redis://:canary@localhost:6379');
  expect(config?.access.localToken).toBe(false);
  expect(JSON.stringify({ config, settings })).not.toContain('canary');
});

test.each([
  [
    { HOLDFAST_WORKERS_COUNT: 'many' },
    '`workers.count` must be a whole number from 0 to 256, got "many" (environment HOLDFAST_WORKERS_COUNT)',
  ],
  [
    { HOLDFAST_LISTEN: '0.0.0.0:1' },
    '`listen` must be a loopback address as long as there is no `access` block, got "0.0.0.0:1" (environment HOLDFAST_LISTEN)',
  ],
  [
    { HOLDFAST_DATA_DIR_FILE: '/nowhere/x' },
    '`HOLDFAST_DATA_DIR_FILE` cannot be had: "/nowhere/x" does not exist (environment)',
  ],
  [{ HOLDFAST_LISTEM: 'x' }, 'warning: `HOLDFAST_LISTEM` sets nothing (environment): did you mean HOLDFAST_LISTEN?'],
  [
    { HOLDFAST_LISTEN: '127.0.0.1:1', HOLDFAST_LISTEN_FILE: 'x' },
    'warning: `HOLDFAST_LISTEN` goes before HOLDFAST_LISTEN_FILE',
  ],
])('%o is told of', (env, expected) => {
  expect(load(null, { env }).texts.join('\n')).toContain(expected);
});

test('variables that Kubernetes makes for a service are left alone', () => {
  const env = { HOLDFAST_SERVICE_HOST: '10.0.0.1', HOLDFAST_PORT_4600_TCP: 'tcp://10.0.0.1:4600', HOLDFAST_TOKEN: 'x' };
  expect(load(null, { env }).problems).toEqual([]);
});

test('paths start at the file, those of flags and environment where one stands', () => {
  writeFileSync(join(cwd, 'server.yaml'), 'data_dir: data\nengines: {dir: engines}\n');
  const { config } = loadServerConfig({
    cwd: '/',
    file: join(cwd, 'server.yaml'),
    env: { HOLDFAST_ENGINES_DIR: 'opt/engines' },
  });
  expect(config).toMatchObject({ dataDir: join(cwd, 'data'), engines: { dir: '/opt/engines' } });
});

test('only the blocks that are asked for need their secrets', () => {
  const text = 'data_dir: d\nchannels: [{name: a, type: slack, url: {env: NOPE}}]\nnonsense: 1\n';
  expect(load(text).config).toBeNull();
  const env = { HOLDFAST_REDIS_URL_FILE: '/nowhere' };
  expect(load(text, { only: LOCAL_KEYS, env }).config).toMatchObject({ dataDir: join(cwd, 'd'), channels: [] });
});

test('a worker on the file of its control plane needs no secret but its own', () => {
  const text = 'redis_url: {env: NOPE}\nworker: {secret: {env: MINE}}\n';
  const { config } = load(text, { only: WORKER_KEYS, env: { MINE: 'mine' } });
  expect(config?.worker?.secret?.reveal()).toBe('mine');
});

test('a key or password read from a file loses one trailing newline and keeps its path', () => {
  writeFileSync(join(cwd, 'key'), '-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n');
  writeFileSync(join(cwd, 'hosts'), 'git.example.com ssh-ed25519 AAAA\r\n');
  const { config, problems } = load(`
repositories:
  - name: infra
    url: ssh://git@git.example.com/infra.git
    credentials: {ssh_key: {file: key}, known_hosts: {file: hosts}}
`);
  expect(problems).toEqual([]);
  const credentials = config?.repositories[0]?.credentials;
  expect(credentials).toMatchObject({
    kind: 'ssh',
    sshKeyFile: join(cwd, 'key'),
    knownHosts: 'git.example.com ssh-ed25519 AAAA',
    knownHostsFile: join(cwd, 'hosts'),
  });
  expect(credentials?.kind === 'ssh' && credentials.sshKey.reveal()).toMatch(/PRIVATE KEY-----$/);
});

test('a password in a URL becomes a credential, is warned of and never shown', () => {
  const { config, texts } = load('repositories: [{name: a, url: "https://me:can%20ary@git.example.com/a.git"}]');
  expect(texts).toHaveLength(1);
  expect(texts[0]).toMatch(
    /^warning: repository "a": `url` holds a password, got "https:\/\/\*\*\*@git\.example\.com\/a\.git"/,
  );
  const [repository] = config?.repositories ?? [];
  expect(repository?.url).toBe('https://git.example.com/a.git');
  expect(repository?.credentials).toMatchObject({ kind: 'password', username: 'me' });
  expect(repository?.credentials?.kind === 'password' && repository.credentials.password.reveal()).toBe('can ary');
});
