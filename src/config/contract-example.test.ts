import { expect, test } from 'vitest';
import { diagnoseServer } from './diagnose-server.ts';
import { renderProblem } from './problem.ts';
import { parseRepositoryConfig } from './repository-config.ts';
import { toServerConfig } from './to-server-config.ts';
import { parseYaml } from './yaml-document.ts';

const SERVER = `
version: 1
data_dir: ./.holdfast
listen: 127.0.0.1:4600
external_url: https://holdfast.example.com
database_url: {env: DATABASE_URL}
redis_url: {env: REDIS_URL}
artifacts: {s3: {bucket: b, endpoint: https://s3.example.com, region: r}}
repositories:
  - name: infra
    url: https://git.example.com/acme/infra.git
    branch: main
    poll_interval: 30s
    first_sight: plan
    stack_prefix: ""
    webhook: {provider: github, secret: {env: WEBHOOK_SECRET}}
    credentials: {username: x, password: {env: GIT_TOKEN}}
    allow: {auto_apply: false, local_state: false, engines: [terraform, opentofu]}
environment:
  - {stacks: ["**"], pass: [HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE, "AWS_*"]}
  - {stacks: ["prod/**"], phase: apply, values: {VAULT_TOKEN: {file: /run/s/vault}}}
engines: {dir: /opt/engines}
providers: {mirror: /srv/mirror}
channels:
  - name: ops
    type: slack
    url: {env: OPS_WEBHOOK_URL}
    events: [plan.ready, apply.failed, drift.found]
    stacks: ["prod/**"]
    group: true
  - {name: hook, type: webhook, url: http://127.0.0.1:9/x, secret: {env: HOOK_KEY}}
drift: {every: 1h, max_concurrent: 2, breaker: 30%, report: {schedule: "0 8 * * 1-5", timezone: Europe/Berlin}}
applies: {freeze: false, windows: [{schedule: "0 8 * * 1-5", duration: 9h, timezone: Europe/Berlin}], plan_expires: 24h}
limits: {log: 10MB, plan_timeout: 2h, deletions: 3}
retention: {runs: 90d, plans: 7d, logs: 30d, states: 100}
timers: {lease: 30s, heartbeat: 5s, sweep: 15s, state_retry: 24h, drain: 30s}
workers: {count: 1, concurrency: 2}
worker: {server: https://holdfast.example.com/, secret: {file: /w}, name: w1, root: /var/lib/holdfast-worker}
access:
  local_token: true
  tokens: [{name: ci, role: operator, stacks: ["dev/**"], secret: {env: CI_TOKEN}}]
  oidc: {issuer: https://id.example.com, client_id: holdfast, client_secret: {env: OIDC_SECRET}, roles: {platform-team: admin, everyone: viewer}}
`;

const HOLDFAST = `
version: 1
discover: {enabled: true, ignore: ["**/.terraform/**", "**/examples/**"]}
stacks:
  - name: network-prod
    dir: network/prod
    engine: terraform
    engine_version: 1.11.4
    workspace: default
    var_files: [prod.tfvars]
    env: {AWS_REGION: eu-central-1}
    when_modified: ["../../shared/**/*.json", "!**/*.md"]
    depends_on: [dns]
    wait_for_dependencies: applied
    inputs: {vpc_id: {stack: network, output: vpc_id}}
    apply: manual
    drift: {every: 30m, remediate: false, ignore: [{address: "module.x.*", attributes: [tags], reason: "…", expires: 2027-01-31}]}
  - name: app
    dir: app
    cdktf: {command: node main.ts}
`;

const env = {
  DATABASE_URL: 'postgres://u:canary@db/x',
  REDIS_URL: 'redis://:canary@redis:6379',
  WEBHOOK_SECRET: 'canary',
  GIT_TOKEN: 'canary',
  OPS_WEBHOOK_URL: 'https://hooks.slack.com/services/canary',
  HOOK_KEY: 'canary',
  CI_TOKEN: 'canary-canary-canary',
  OIDC_SECRET: 'canary',
};

test('every key of the contract for server.yaml is taken, and no secret can be read off the result', () => {
  const document = parseYaml(Buffer.from(SERVER), 'server.yaml');
  const readFile = (file: string) => ({ text: 'canary', file });
  const { parsed, problems } = diagnoseServer(document, { env, flags: {}, readFile, readOutside: readFile });
  expect(problems.filter(({ severity }) => severity !== 'notice')).toEqual([]);
  const later = problems.map(({ key }) => key);
  expect(later).toEqual(['database_url', 'artifacts.s3', 'access.oidc']);
  if (parsed === null) throw new Error('not parsed');
  const config = toServerConfig(parsed, { configFile: null, baseOf: () => '/base', sourceFileOf: () => null });
  expect(JSON.stringify(config)).not.toContain('canary');
  expect(config).toMatchObject({
    dataDir: '/base/.holdfast',
    externalUrl: 'https://holdfast.example.com',
    artifacts: { s3: { bucket: 'b', endpoint: 'https://s3.example.com', region: 'r' } },
    channels: [
      { name: 'ops', group: true, events: ['plan.ready', 'apply.failed', 'drift.found'], secret: null },
      { name: 'hook', group: false, stacks: ['**'] },
    ],
    drift: { everyMs: 3_600_000, breakerPercent: 30, report: { timezone: 'Europe/Berlin' } },
    applies: { windows: [{ durationMs: 32_400_000 }], planExpiresMs: 86_400_000 },
    worker: { server: 'https://holdfast.example.com', name: 'w1', root: '/var/lib/holdfast-worker' },
    access: { configured: true, tokens: [{ name: 'ci', role: 'operator' }], oidc: { roles: { everyone: 'viewer' } } },
  });
  expect(config.channels[1]?.events).not.toContain('apply.started');
  expect(config.environment[1]?.values.VAULT_TOKEN?.reveal()).toBe('canary');
});

test('every key of the contract for holdfast.yaml is taken', () => {
  const { stacks, problems } = parseRepositoryConfig(Buffer.from(HOLDFAST), { now: 0 });
  expect(problems.filter(({ severity }) => severity !== 'notice').map(renderProblem)).toEqual([]);
  expect(stacks.map(({ name }) => name)).toEqual(['network-prod', 'app']);
});
