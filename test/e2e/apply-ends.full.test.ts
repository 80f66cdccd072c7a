import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Run } from '../../src/api/contract.ts';
import { type ChannelServer, startChannelServer } from '../support/channel-server.ts';
import { hasBinary } from '../support/engine.ts';
import { makeRepository } from '../support/git-repository.ts';
import { amendApplies, made, strangerState, viaPort, withoutSaves } from '../support/instance/apply-ends.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

const needs = hasBinary('terraform');
const title = `every end of an apply, by real processes${needs ? '' : ' (skipped: terraform is not on PATH)'}`;
let instance: TestInstance;
let channel: ChannelServer;
let proxy: Awaited<ReturnType<typeof withoutSaves>>;

beforeAll(async () => {
  if (!needs) return;
  instance = await TestInstance.make();
  channel = await startChannelServer();
  proxy = await withoutSaves(instance.address);
  instance.path = amendApplies(instance.dir, instance.path, {
    stuck: 'unset TF_HTTP_UNLOCK_ADDRESS',
    early: 'kill -9 $$',
    taken: viaPort(proxy.port),
  });
  const repository = makeRepository(join(instance.dir, 'infra'));
  const head = repository.commit(stacks());
  const channels = [{ name: 'hook', type: 'webhook', url: channel.url }];
  const infra = { name: 'infra', url: repository.dir, allow: { local_state: true } };
  instance.configure({ repositories: [infra], channels, workers: { count: 1, concurrency: 3 } });
  await instance.start('up');
  await instance.settled(head, Object.keys(stacks()).length);
}, 240_000);
afterAll(async () => {
  await instance?.remove();
  await channel?.close();
  proxy?.close();
});

const local = () => join(instance.dir, 'local.tfstate');
const stacks = (): Record<string, string> => ({
  'good/main.tf': made('a'),
  'stuck/main.tf': made('a'),
  'part/main.tf': made('a') + made('b', { after: 'a', command: 'exit 3' }),
  'taken/main.tf': made('a'),
  'kept/main.tf': made('a', { command: strangerState(instance.dir) }),
  'lost/main.tf': made('a') + made('b', { after: 'a', command: 'sleep 0.3; kill -9 $PPID' }),
  'begun/main.tf': made('a', { command: 'kill -9 $PPID' }),
  'stop/main.tf': made('a', { command: 'sleep 60' }) + made('b', { after: 'a' }),
  'early/main.tf': made('a'),
  'stale/main.tf': `terraform {\n  backend "local" {\n    path = "${local()}"\n  }\n}\n${made('a')}`,
});

async function approve(stack: string): Promise<string> {
  const run = (await instance.runs()).find((one) => one.stack === stack);
  expect((await instance.cli('approve', run?.id ?? '')).exit).toBe(0);
  return run?.id ?? '';
}

const ended = (id: string): Promise<Run> =>
  until(async () => {
    const run = await instance.run(id);
    return ['applied', 'failed', 'canceled'].includes(run.status) ? run : null;
  }, 60_000);

/** Where everything about a run's end stands: run, lock, block, and what people were told. */
async function told(id: string) {
  const run = await ended(id);
  const types = ['apply.succeeded', 'apply.failed'];
  const message = await until(
    async () => channel.received.find(({ json }) => json.run === id && types.includes(String(json.type))) ?? null,
    60_000,
  );
  const stack = (await instance.stacks()).find(({ name }) => name === run.stack);
  const { locks } = JSON.parse((await instance.cli('locks', '--json')).stdout) as { locks: { stack: string }[] };
  return {
    run,
    ends: `${run.status} ${run.end}`,
    isLocked: locks.some((lock) => lock.stack === run.stack),
    blocked: stack?.blocked ?? null,
    text: String(message.json.text).replaceAll(id, 'RUN'),
    next: run.next_step?.replaceAll(id, 'RUN') ?? null,
  };
}

interface Row {
  readonly ends: string;
  readonly next: RegExp | null;
  readonly blocked?: boolean;
  /** In the message, in this order. */
  readonly text: readonly string[];
  readonly orphans?: readonly string[];
}

const APPLIED = ['Approved by token:local.', 'All changes are made and saved.'];
const IN_DOUBT = 'Resources were made, or may have been, that are in no state.';
const PLAN_FIRST = /^plan first, and read what is left to do: holdfast retry RUN$/;
const RETRY = /^nothing was changed, so retry is safe: holdfast retry RUN$/;
const KILLED = 'the engine was killed by signal 9';

const ROWS: Readonly<Record<string, Row>> = {
  good: { ends: 'applied applied', next: null, text: ['🟢 applied good: +1\n', ...APPLIED] },
  // TF_HTTP_UNLOCK_ADDRESS is gone: terraform exits 0 and leaves its lock.
  stuck: {
    ends: 'applied applied_lock_stuck',
    next: null,
    text: ['🟢 applied stuck: +1, lock freed', 'terraform could not unlock the state, so Holdfast freed its lock.'],
  },
  part: {
    ends: 'failed partial_saved',
    next: PLAN_FIRST,
    text: [
      '🔴 apply failed part: 1 of 2 changes done\n',
      "local-exec provisioner error · terraform_data.b · part/main.tf:5\nError running command 'exit 3'",
      'It stopped half-way; what was done is saved in the state.',
      'Next: plan first',
    ],
  },
  // Its saves are answered with 503 until it gives up: errored.tfstate is taken under the lock, and counts as what it did.
  taken: { ends: 'applied applied', next: null, text: ['🟢 applied taken: +1\n', ...APPLIED] },
  // Somebody stored another state under its lock: 409, and its errored.tfstate cannot be taken either.
  kept: {
    ends: 'failed unsaved_state',
    next: /^compare .*holdfast state pull kept --run RUN.*holdfast state restore kept --run RUN.*holdfast unblock kept/,
    blocked: true,
    text: [
      '🔴 apply failed kept: 1 of 1 changes done\nFailed to save state',
      'The state could not be saved: what was done is not in it.',
      '1 resource is in no state: terraform_data.a.',
      'No more applies of kept until a person has decided',
    ],
    orphans: ['terraform_data.a'],
  },
  // Killed after one resource was made, before the first save.
  lost: {
    ends: 'failed orphans',
    next: /^terraform_data.b may exist .*import these \(the blocks are in: holdfast run RUN\), .*holdfast unblock lost/,
    blocked: true,
    text: [
      '🔴 apply failed lost: 1 of 2 changes done\n',
      KILLED,
      IN_DOUBT,
      '1 resource is in no state: terraform_data.a.',
    ],
    orphans: ['terraform_data.a'],
  },
  // Killed while the only resource was being made.
  begun: {
    ends: 'failed orphans',
    next: /^terraform_data.a may exist .*read the log \(holdfast logs RUN\).*holdfast unblock begun/,
    blocked: true,
    text: ['🔴 apply failed begun: 0 of 1 changes done\n', KILLED, IN_DOUBT],
  },
  // Killed before it had begun anything.
  early: {
    ends: 'failed failed_before_change',
    next: RETRY,
    text: ['🔴 apply failed early: nothing was changed\n', KILLED],
  },
};

describe.skipIf(!needs)(title, { timeout: 120_000 }, () => {
  test.each(Object.keys(ROWS))('%s', async (stack) => {
    await expectRow(await approve(stack), ROWS[stack] as Row);
  });

  test('a state that could neither be saved nor taken: a person makes it current, plans, and unblocks', async () => {
    const id = (await instance.runs()).find(({ stack }) => stack === 'kept')?.id ?? '';
    const pulled = await instance.cli('state', 'pull', 'kept', '--run', id);
    expect(JSON.parse(pulled.stdout)).toMatchObject({ version: 4, resources: [{ name: 'a' }] });
    const none = await instance.cli('state', 'pull', 'good', '--run', id);
    expect([none.exit, none.stdout]).toEqual([1, '']);
    const restored = await instance.cli('state', 'restore', 'kept', '--run', id);
    expect(restored.stdout).toMatch(
      /^The state of kept is what run \w+ could not save, as serial 8\.\nNext: holdfast plan kept/,
    );
    const state = JSON.parse((await instance.cli('state', 'pull', 'kept')).stdout);
    expect(state).toEqual({ ...JSON.parse(pulled.stdout), serial: 8 });
    const plan = JSON.parse((await instance.cli('plan', 'kept', '--wait', '--json')).stdout);
    expect(plan.status).toBe('unchanged');
    expect((await instance.cli('unblock', 'kept', '--reason', 'restored')).exit).toBe(0);
  });

  test('a state in a backend of its own that somebody changed after the plan', async () => {
    const dir = join(instance.dir, 'laptop');
    mkdirSync(dir);
    writeFileSync(join(dir, 'main.tf'), stacks()['stale/main.tf']?.replace('"a"', '"other"') ?? '');
    const terraform = (...args: string[]) =>
      execFileSync('terraform', args, { cwd: dir, env: { PATH: process.env.PATH, TF_CLI_CONFIG_FILE: '/dev/null' } });
    terraform('init');
    terraform('apply', '-auto-approve');
    await expectRow(await approve('stale'), {
      ends: 'failed failed_before_change',
      next: RETRY,
      text: ['🔴 apply failed stale: nothing was changed\nSaved plan is stale\n'],
    });
  });

  test('canceled: one SIGINT while a resource is being made', async () => {
    const id = await approve('stop');
    await until(async () => instance.processes().some(({ command }) => /sleep 60/.test(command)) || null, 60_000);
    expect((await instance.cli('cancel', id)).exit).toBe(0);
    await expectRow(id, {
      ends: 'failed canceled',
      next: PLAN_FIRST,
      text: ['🟠 apply canceled stop: 0 of 2 changes done\n', 'It was canceled; what was done is saved in the state.'],
    });
  });
});

async function expectRow(id: string, row: Row): Promise<void> {
  const { run, ends, next, text, blocked, isLocked } = await told(id);
  expect(ends).toBe(row.ends);
  if (row.next === null) expect(next).toBeNull();
  else expect(next).toMatch(row.next);
  expect(isLocked).toBe(false);
  expect(blocked?.run ?? null).toBe(row.blocked === true ? id : null);
  expect(run.orphans.map(({ address }) => address)).toEqual(row.orphans ?? []);
  let from = 0;
  for (const part of row.text) {
    const at = text.indexOf(part, from);
    expect(at, `"${part}" in:\n${text}`).toBeGreaterThanOrEqual(0);
    from = at + part.length;
  }
  if (next !== null) expect(text).toContain(`Next: ${next.slice(0, 600)}`);
}
