import { expect, test } from 'vitest';
import { diagnoseServer } from './diagnose-server.ts';
import { renderProblem, sortProblems } from './problem.ts';
import { parseYaml } from './yaml-document.ts';

const readFile = (path: string) => ({ wrong: `"${path}" does not exist` });

function diagnose(text: string): string[] {
  const document = parseYaml(Buffer.from(text), 's.yaml');
  const { problems } = diagnoseServer(document, { env: {}, flags: {}, readFile, readOutside: readFile });
  return sortProblems(problems).map(renderProblem);
}

const channel = (more: string) => `channels: [{name: a, type: slack, url: "https://x/y", ${more}}]`;
const rule = (more: string) => `environment: [{${more}}]`;

test.each([
  // Shape
  ['- 1', 'must be a map (s.yaml:1:1)'],
  ['just text', 'must be a map (s.yaml:1:1)'],
  ['version: 2', '`version` must be 1, got 2 (s.yaml:1:10)'],
  ['listne: x', '`listne` is no known key (s.yaml:1:1): did you mean `listen`?'],
  ['repos: []', '`repos` is no known key (s.yaml:1:1): did you mean `repositories`?'],
  ['toString: 1', '`toString` is no known key (s.yaml:1:1): known here: version, data_dir, listen,'],
  ['workers: 3', '`workers` must be a map, got 3 (s.yaml:1:10)'],
  ['channels: {}', '`channels` must be a list, got a map (s.yaml:1:11)'],
  ['channels: https://hooks.example.com/canary', '`channels` must be a list, got (hidden) (s.yaml:1:11)'],
  ['listen:', '`listen` has no value (s.yaml:1:1): write host:port such as 127.0.0.1:4600'],
  // Scalars
  [
    'limits: {log: 10}',
    '`limits.log` must be a size such as 64KB, 10MB or 1GB, got 10 (s.yaml:1:15): write it in that form',
  ],
  ['limits: {log: 10mb}', '`limits.log` must be a size such as 64KB, 10MB or 1GB, got "10mb" (s.yaml:1:15)'],
  ['limits: {log: 2GB}', '`limits.log` must be at most 1GB, got "2GB" (s.yaml:1:15)'],
  [
    'limits: {plan_timeout: 1 hour}',
    '`limits.plan_timeout` must be a duration such as 30s, 5m, 1h or 7d, got "1 hour"',
  ],
  ['limits: {deletions: -1}', '`limits.deletions` must be at least 0, got -1 (s.yaml:1:21)'],
  ['workers: {count: 1.5}', '`workers.count` must be a whole number from 0 to 256, got 1.5 (s.yaml:1:18)'],
  ['applies: {freeze: yes}', '`applies.freeze` must be true or false, got "yes" (s.yaml:1:19)'],
  ['drift: {breaker: 0%}', '`drift.breaker` must be a percentage from 1% to 100%, got "0%" (s.yaml:1:18)'],
  [
    'drift: {breaker: 30}',
    '`drift.breaker` must be a percentage from 1% to 100%, got 30 (s.yaml:1:18): write it in that form',
  ],
  [
    'drift: {report: {schedule: 61 * * * *}}',
    '`drift.report.schedule` must be five cron fields such as "0 8 * * 1-5", got "61 * * * *"',
  ],
  ['drift: {report: {schedule: 0 0 30 2 *}}', '`drift.report.schedule` must be five cron fields'],
  ['drift: {report: {schedule: 0 0 8 * * 1-5}}', '`drift.report.schedule` must be five cron fields'],
  [
    'drift: {report: {schedule: 0 8 * * *, timezone: Berlin}}',
    '`drift.report.timezone` must be a time zone such as Europe/Berlin or UTC, got "Berlin"',
  ],
  ['timers: {lease: 5s}', '`timers.lease` does not fit: a lease must last at least two heartbeats, got "5s"'],
  [
    'external_url: holdfast.example.com',
    '`external_url` must be an http or https URL, got "holdfast.example.com" (s.yaml:1:15)',
  ],
  ['external_url: https://me:canary@x', '`external_url` must not hold a user or a password, got "https://***@x"'],
  [
    'redis_url: "http://:canary@x"',
    '`redis_url` must be a redis://, rediss:// or unix:// URL, got (hidden) (s.yaml:1:12)',
  ],
  [
    'redis_url: redis://:canary@x',
    'warning: `redis_url` holds a password (s.yaml:1:12): write {env: NAME} or {file: PATH}',
  ],
  // Listening
  ['listen: "4600"', '`listen` must be host:port such as 127.0.0.1:4600, got "4600" (s.yaml:1:9)'],
  ['listen: 127.0.0.1:70000', '`listen` must be host:port such as 127.0.0.1:4600, got "127.0.0.1:70000"'],
  ['listen: 0.0.0.0:80', '`listen` must be a loopback address as long as there is no `access` block, got "0.0.0.0:80"'],
  ['listen: "[::]:80"', '`listen` must be a loopback address as long as there is no `access` block, got "[::]:80"'],
  ['listen: 0.0.0.0:80\naccess:', '`listen` must be a loopback address'],
  ['listen: 127.evil.example:80', '`listen` must be a loopback address'],
  // References
  [
    'redis_url: {env: NOPE}',
    '`redis_url` has no value: the environment variable "NOPE" is not set (s.yaml:1:12): set it, or write {file: PATH}',
  ],
  [
    'redis_url: {file: /k}',
    '`redis_url` has no value: "/k" does not exist (s.yaml:1:12): create it, or correct the path',
  ],
  ['redis_url: {env: A, file: b}', '`redis_url` must be a redis://, rediss:// or unix:// URL, got a map (s.yaml:1:12)'],
  // Names
  [
    'repositories:\n  - {name: a, url: /a}\n  - {name: a, url: /b}',
    'repository "a": `name` must be unique, got "a" (s.yaml:3:12): line 2 has it, too; choose another',
  ],
  [
    'channels:\n  - {name: a, type: slack, url: "https://x"}\n  - {name: a, type: slack, url: "https://x"}',
    'channel "a": `name` must be unique, got "a" (s.yaml:3:12)',
  ],
  [
    'access: {tokens: [{name: a, role: admin, secret: 0123456789abcdef}, {name: a, role: admin, secret: 0123456789abcdef}]}',
    'token "a": `name` must be unique',
  ],
  // Channels
  [channel('events: [plan.redy]'), 'channel "a": `events[0]` must be one of plan.ready, plan.failed,'],
  [channel('stacks: ["+(a|aa)"]'), 'channel "a": `stacks[0]` must not hold ( or )'],
  [channel('secret: canary'), 'warning: channel "a": `secret` has no effect: only `webhook` signs what it sends'],
  [
    'channels: [{name: a, type: slack, url: hooks.example.com/canary}]',
    'channel "a": `url` must be an http or https URL, got (hidden)',
  ],
  [
    'channels: [{name: a, type: teams, url: "https://discord.com/api/webhooks/1/x"}]',
    'warning: channel "a": `url` is an address of a channel of type discord',
  ],
  // Environment
  [
    rule('phase: aply'),
    '`environment[0].phase` must be one of init, plan, apply, all, got "aply" (s.yaml:1:23): did you mean apply?',
  ],
  [rule('pass: ["*"]'), '`environment[0].pass[0]` must not pass everything'],
  [rule('pass: [TF_CLI_ARGS_plan]'), '`environment[0].pass[0]` is set by Holdfast alone'],
  [rule('values: {TF_DATA_DIR: /x}'), '`environment[0].values.TF_DATA_DIR` is set by Holdfast alone'],
  [rule('values: {"A B": canary}'), '`environment[0].values["A B"]` must be a variable name: letters, digits and `_`'],
  [
    rule('values: {A: 12345}'),
    '`environment[0].values.A` must be a text, got (hidden) (s.yaml:1:28): put it in quotes',
  ],
  // Access
  [
    'access: {tokens: [{name: a, role: root, secret: canary}]}',
    'token "a": `role` must be one of viewer, operator, approver, admin, got "root"',
  ],
  [
    'access: {tokens: [{name: a, role: admin, secret: canary}]}',
    'warning: token "a": `secret` is short enough to be guessed, got (hidden)',
  ],
  [
    'access: {tokens: [{name: a, role: admin, secret: {token: canary}}]}',
    'token "a": `secret` must be a secret of at least 16 characters, got a map',
  ],
  // Without effect yet
  [
    'database_url: {env: NOPE}',
    'notice: `database_url` is not there yet, and Holdfast does not start with it (s.yaml:1:1): take it out: the embedded database in data_dir is used',
  ],
  ['artifacts: {s3: {bucket: b}}', 'notice: `artifacts.s3` has no effect yet (s.yaml:1:13)'],
  [
    'retention: {runs: 90}',
    '`retention.runs` must be a duration such as 30s, 5m, 1h or 7d, got 90 (s.yaml:1:19): write it in that form',
  ],
  [
    'external_url: {env: A, file: B}',
    '`external_url` must be an http or https URL, got a map (s.yaml:1:15): write {env: NAME} or {file: PATH}, one of them',
  ],
])('%s', (text, expected) => {
  const said = diagnose(text).join('\n');
  expect(said).toContain(expected);
  expect(said).not.toContain('canary');
});

test('every problem is said at once', () => {
  const text =
    'listen: x\nworkers: {count: a, cuont: 1}\nrepositories:\n  - {name: a}\n  - 5\nchannels: [{name: c}]\ndrift: {every: 10s}';
  const errors = diagnose(text).filter((line) => !line.startsWith('notice'));
  expect(errors.map((line) => /`([^`]+)`/.exec(line)?.[1])).toEqual([
    'listen',
    'workers.count',
    'workers.cuont',
    'url',
    'repositories[1]',
    'type',
    'url',
    'drift.every',
  ]);
});

test('a thousand problems are told of in part', () => {
  const lines = Array.from({ length: 1000 }, (_, i) => `k${i}: 1`);
  const said = diagnose(lines.join('\n'));
  expect(said).toHaveLength(201);
  expect(said.at(-1)).toBe('has more problems than these (s.yaml)');
});
