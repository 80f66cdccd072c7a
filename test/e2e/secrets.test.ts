import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startChannelServer } from '../support/channel-server.ts';
import { findBinary } from '../support/find-binary.ts';
import { startGitHttpServer } from '../support/git-http-server.ts';
import { makeRepository } from '../support/git-repository.ts';
import { canariesIn, canariesInFiles, makeCanaries } from '../support/instance/canaries.ts';
import { dumpRedis } from '../support/instance/embedded-redis.ts';
import { freePort, TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

const hasRedis = findBinary('redis-server') !== null;
const CANARIES = makeCanaries(['Url', 'Git', 'Webhook', 'Channel', 'DeadChannel', 'Signing', 'Engine']);
const LISTS = ['stacks', 'runs', 'locks', 'repositories', 'workers', 'notifications', 'audit'];
const STACK = `variable "token" { type = string }
resource "terraform_data" "own" { input = "uses \${var.token}" }
`;
const FAILING = `${STACK}output "x" {
  value = 1
  precondition {
    condition     = var.token == ""
    error_message = "refused: \${var.token}"
  }
}
`;

test.skipIf(!hasRedis)(
  'no secret of server.yaml is found in a log, an answer, a message, a file, the database or Redis (needs redis-server on PATH)',
  { timeout: 180_000 },
  async () => {
    const instance = await TestInstance.make();
    const channel = await startChannelServer();
    const git = await startGitHttpServer({ root: instance.dir, login: `deploy:${CANARIES.Url}` });
    try {
      const repository = makeRepository(join(instance.dir, 'infra'));
      const head = repository.commit({ 'good/main.tf': STACK, 'bad/main.tf': FAILING });
      instance.env = { HOLDFAST_LOG_LEVEL: 'debug', GIT_CANARY: CANARIES.Git, ENGINE_CANARY: CANARIES.Engine };
      instance.configure(await configOf(git.url, channel.url));
      await instance.start('up');
      const seen = watchProcesses(instance);
      const runs = await instance.settled(head, 2);
      expect(runs.map(({ stack, status }) => `${stack} ${status}`).sort()).toEqual([
        'bad failed',
        'good awaiting_approval',
      ]);
      await channel.got(4);
      await until(async () => {
        const answer = await instance.ask('/api/v1/notifications?limit=500');
        return (await answer.text()).includes('"last_error":"') || null;
      });

      const sinks: Record<string, string | Buffer> = { Redis: await dumpRedis(instance) };
      for (const list of LISTS) sinks[list] = await (await instance.ask(`/api/v1/${list}?limit=500`)).text();
      for (const { id, stack } of runs) {
        for (const part of ['', '/plan', '/log']) {
          sinks[`run of ${stack}${part}`] = await (await instance.ask(`/api/v1/runs/${id}${part}`)).text();
        }
        sinks[`page of ${stack}`] = await (await instance.ask(`/runs/${id}`)).text();
      }
      for (const path of ['/', '/metrics', '/healthz']) sinks[path] = await (await instance.ask(path)).text();
      for (const command of ['doctor', 'validate', 'stacks', 'runs']) {
        const { stdout, stderr } = await instance.cli(command);
        sinks[command] = stdout + stderr;
      }
      sinks.messages = channel.received.map(({ text }) => text).join('\n');
      sinks.processes = seen.end();
      expect(sinks.repositories).toContain('denied');
      expect(sinks['run of bad']).toContain('refused: (sensitive)');
      expect(sinks['run of good']).toContain('(sensitive)');
      // While everything runs, and after a clean end.
      const files = canariesInFiles(CANARIES, instance.dataDir);
      expect(await instance.stop()).toEqual([]);
      sinks.log = instance.log();
      const found = Object.entries(sinks).flatMap(([name, text]) =>
        canariesIn(CANARIES, text).map((use) => `${name}: ${use}`),
      );
      expect([...found, ...files, ...canariesInFiles(CANARIES, instance.dataDir)]).toEqual([]);
      expect(instance.log()).toMatch(/holds a password.*server\.yaml:\d+:\d+/);
    } finally {
      await git.close();
      await channel.close();
      await instance.remove();
    }
  },
);

async function configOf(git: string, channel: string) {
  const withPassword = git.replace('//', `//deploy:${CANARIES.Url}@`);
  const webhook = { provider: 'github', secret: CANARIES.Webhook };
  const credentials = { username: 'deploy', password: { env: 'GIT_CANARY' } };
  const dead = `http://127.0.0.1:${await freePort()}/${CANARIES.DeadChannel}`;
  return {
    repositories: [
      { name: 'infra', url: `${withPassword}/infra`, poll_interval: '1s', webhook },
      { name: 'denied', url: `${git}/infra`, poll_interval: '1s', stack_prefix: 'd/', credentials },
    ],
    channels: [
      { name: 'hook', type: 'webhook', url: `${channel}/${CANARIES.Channel}`, secret: CANARIES.Signing },
      { name: 'chat', type: 'slack', url: `${channel}/${CANARIES.Channel}` },
      { name: 'dead', type: 'webhook', url: dead },
    ],
    environment: [{ stacks: ['**'], values: { TF_VAR_token: { env: 'ENGINE_CANARY' } } }],
  };
}

/** Collects the command lines of all its processes, as `ps` would show them to anybody. */
function watchProcesses(instance: TestInstance): { end(): string } {
  const lines = new Set<string>();
  const look = () => {
    for (const { command } of instance.processes()) lines.add(command);
  };
  const timer = setInterval(look, 50);
  return {
    end() {
      clearInterval(timer);
      return [...lines].join('\n');
    },
  };
}
