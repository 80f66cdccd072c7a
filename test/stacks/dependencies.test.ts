import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LongWaits, OutputsFollower, sqlDependencyStore } from '../../src/features/dependencies/index.ts';
import { Replanner, SqlRunStore, type StackAtHead } from '../../src/features/runs/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import type { RunStatus } from '../../src/kernel/run-status.ts';
import { makeChangeLab } from '../support/change-lab.ts';
import { affectedStack } from '../support/run-fixtures.ts';

let lab: Awaited<ReturnType<typeof makeChangeLab>>;
beforeEach(async () => {
  lab = await makeChangeLab();
});
afterEach(() => lab.close());

const stack = (name: string, text = '') => ({ [`${name}/main.tf`]: `resource "terraform_data" "${name}" {}\n${text}` });
const entry = (name: string, more: string) => `  - {dir: ${name}, ${more}}\n`;
const yaml = (...entries: string[]) => ({ 'holdfast.yaml': `version: 1\nstacks:\n${entries.join('')}` });
const INPUTS = 'inputs: {vpc: {stack: network, output: vpc_id}}';
const THREE = {
  ...{ ...stack('network'), ...stack('cluster'), ...stack('apps') },
  ...yaml(entry('network', 'name: network'), entry('cluster', INPUTS), entry('apps', 'depends_on: [cluster]')),
};

const runs = async () =>
  (await lab.db.selectFrom('runs').selectAll().where('status', '=', 'queued').orderBy('stack').execute()).map(
    ({ stack: name, waits_on: on }) =>
      `${name}${on === null ? '' : ` after ${(JSON.parse(on) as { stack: string }[]).map((one) => one.stack).join(', ')}`}`,
  );

/** The queued run of the stack ends. */
async function end(name: string, status: RunStatus): Promise<void> {
  await lab.db.transaction().execute(async (tx) => {
    const run = await tx
      .selectFrom('runs')
      .selectAll()
      .where('stack', '=', name)
      .where('status', '=', 'queued')
      .executeTakeFirstOrThrow();
    const wanted =
      status === 'superseded' || status === 'canceled' ? 'queued' : status === 'failed' ? 'planning' : 'applying';
    const held = { worker: 'w', lease_until: 1, attempt: 1, started_at: 1, approved_by: 'x' };
    await tx
      .updateTable('runs')
      .set({ status: wanted, ...(wanted === 'queued' ? {} : held) })
      .where('id', '=', run.id)
      .execute();
    const now = { ...run, status: wanted as RunStatus, ...(wanted === 'queued' ? {} : held) };
    await lab.door.move(tx, now, status, { actor: 'test', ...(status === 'failed' ? { set: { error: '{}' } } : {}) });
  });
}

describe('a push that touches three layers', () => {
  it('plans them one after the other, as what they need is applied', async () => {
    await lab.push(lab.repo.commit(THREE));
    expect(await runs()).toEqual(['apps after cluster, network', 'cluster after network', 'network']);
    await end('network', 'applied');
    expect(await runs()).toEqual(['apps after cluster', 'cluster']);
    await end('cluster', 'applied');
    expect(await runs()).toEqual(['apps']);
    const row = await lab.db.selectFrom('runs').selectAll().where('stack', '=', 'apps').executeTakeFirstOrThrow();
    expect(row).toMatchObject({ waits_since: null, provisional: null });
  });

  it('waits no longer for what failed, and says on what it stands', async () => {
    await lab.push(lab.repo.commit(THREE));
    await end('network', 'failed');
    expect(await runs()).toEqual(['apps after cluster', 'cluster']);
    const row = await lab.db.selectFrom('runs').selectAll().where('stack', '=', 'cluster').executeTakeFirstOrThrow();
    expect(row.provisional).toMatch(/^planned against the present outputs of `network`, whose run \w+ is failed$/);
  });

  it('does not wait where it does not want to', async () => {
    const files = {
      ...THREE,
      ...yaml(entry('network', 'name: network'), entry('cluster', `${INPUTS}, wait_for_dependencies: none`)),
    };
    await lab.push(lab.repo.commit(files));
    expect(await runs()).toEqual(['apps', 'cluster', 'network']);
    const row = await lab.db.selectFrom('runs').selectAll().where('stack', '=', 'cluster').executeTakeFirstOrThrow();
    expect(row.provisional).toContain('still open');
  });

  it('waits across repositories', async () => {
    await lab.push(lab.repo.commit(stack('network')));
    await lab.db.updateTable('stacks').set({ name: 'elsewhere' }).execute();
    await lab.db.updateTable('runs').set({ stack: 'elsewhere', repository: 'other' }).execute();
    await lab.db.updateTable('stacks').set({ repository: 'other' }).execute();
    await lab.push(lab.repo.commit({ ...stack('cluster'), ...yaml(entry('cluster', 'depends_on: [elsewhere]')) }));
    expect(await runs()).toEqual(['cluster after elsewhere', 'elsewhere', 'network']);
  });

  it('is destroyed the other way round', async () => {
    await lab.push(lab.repo.commit({ ...THREE, 'README.md': 'x' }));
    for (const name of ['network', 'cluster', 'apps']) await end(name, 'applied');
    await lab.db.updateTable('stacks').set({ applied_commit: lab.repo.head(), applied_spec: 'spec' }).execute();
    const gone = { 'network/main.tf': null, 'cluster/main.tf': null, 'apps/main.tf': null, 'holdfast.yaml': null };
    await lab.push(lab.repo.commit(gone));
    expect(await runs()).toEqual(['apps', 'cluster after apps', 'network after cluster, apps']);
  });
});

describe('a run that waits for a day', () => {
  it('is told once, with what to do', async () => {
    const told: string[] = [];
    const long = new LongWaits({
      ...{ db: lab.db, store: sqlDependencyStore, waits: lab.waits, clock: systemClock },
      notices: { tell: async (_tx, { sentences }) => void told.push(sentences.join(' ')) },
    });
    await lab.push(lab.repo.commit(THREE));
    expect(await long.runOnce()).toBe(0);
    const yesterday = systemClock.now() - 25 * 3_600_000;
    await lab.db.updateTable('runs').set({ waits_since: yesterday }).where('stack', '=', 'cluster').execute();
    expect(await long.runOnce()).toBe(1);
    expect(told).toEqual([
      expect.stringMatching(
        /^Run \w+ of cluster has waited for a day for network \(run \w+\)\. .*holdfast plan cluster$/,
      ),
    ]);
    expect(await long.runOnce()).toBe(0);
  });
});

describe('an apply whose outputs others read', () => {
  const follower = (
    before: Record<string, unknown>,
    after: Record<string, unknown>,
    head: () => never | StackAtHead,
  ) => {
    const set = (values: Record<string, unknown>) => ({
      outputs: new Map(Object.entries(values).map(([name, value]) => [name, { value }])),
    });
    const store = new SqlRunStore(lab.db);
    return new OutputsFollower({
      ...{ db: lab.db, store: sqlDependencyStore, logger: silentLogger, ring: () => {}, wake: () => {}, runs: store },
      states: { before: async () => set(before), current: async () => set(after) },
      plannedOutputs: async () => ['vpc_id'],
      replanner: new Replanner({ store, door: lab.door, clock: systemClock, random: systemRandom }),
      headOf: async () => head(),
    });
  };
  const applied = async () => {
    await lab.push(lab.repo.commit(THREE));
    for (const name of ['network', 'cluster', 'apps']) await end(name, 'applied');
    const run = await lab.db.selectFrom('runs').selectAll().where('stack', '=', 'network').executeTakeFirstOrThrow();
    await lab.db.updateTable('runs').set({ started_at: 1, finished_at: 2 }).execute();
    await lab.db.updateTable('stacks').set({ outputs_due: run.id }).where('name', '=', 'network').execute();
    return run;
  };
  const cluster = () => ({
    ...{ repository: 'infra', commit: 'c'.repeat(40), author: 'Ana', message: 'head' },
    stack: affectedStack('cluster', 'x'),
  });

  it('plans who reads what changed, once, however often it is looked at', async () => {
    const run = await applied();
    const one = follower({ vpc_id: 1 }, { vpc_id: 2 }, cluster);
    expect(await one.runOnce()).toBe(1);
    expect(await one.runOnce()).toBe(0);
    expect(await runs()).toEqual(['cluster']);
    const made = await lab.db
      .selectFrom('runs')
      .selectAll()
      .where('trigger', '=', 'dependency')
      .executeTakeFirstOrThrow();
    expect(JSON.parse(made.reasons)).toEqual([
      { kind: 'dependency', path: 'network', via: [`output vpc_id changed with run ${run.id}`] },
    ]);
  });

  it('plans nobody where what changed is read by nobody, or was read since', async () => {
    await applied();
    expect(await follower({ vpc_id: 1, other: 1 }, { vpc_id: 1, other: 2 }, cluster).runOnce()).toBe(0);
    expect((await lab.stack('network')).outputs_due).toBeNull();
    const run = await lab.db.selectFrom('runs').selectAll().where('stack', '=', 'network').executeTakeFirstOrThrow();
    await lab.db.updateTable('stacks').set({ outputs_due: run.id }).where('name', '=', 'network').execute();
    await lab.db.updateTable('runs').set({ started_at: 3 }).where('stack', '=', 'cluster').execute();
    expect(await follower({ vpc_id: 1 }, { vpc_id: 2 }, cluster).runOnce()).toBe(0);
    expect(await runs()).toEqual([]);
  });

  it('is looked at again later where Git is away, and forgotten where the reader is gone', async () => {
    await applied();
    const away = () => {
      throw new HoldfastError('away', 'the mirror is away');
    };
    expect(await follower({ vpc_id: 1 }, { vpc_id: 2 }, away).runOnce()).toBe(0);
    expect((await lab.stack('network')).outputs_due).not.toBeNull();
    const gone = () => {
      throw new HoldfastError('not_found', 'no such stack');
    };
    expect(await follower({ vpc_id: 1 }, { vpc_id: 2 }, gone).runOnce()).toBe(0);
    expect((await lab.stack('network')).outputs_due).toBeNull();
  });
});

describe('dependencies that cannot be', () => {
  const refused = async (name: string) => {
    const { spec_digest: digest } = await lab.db
      .selectFrom('runs')
      .selectAll()
      .where('stack', '=', name)
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow();
    const { body } = await lab.db
      .selectFrom('specs')
      .selectAll()
      .where('digest', '=', digest)
      .executeTakeFirstOrThrow();
    return JSON.parse(body).refused as { summary: string; file: string; line: number } | null;
  };

  it('a circle refuses its stacks at their lines, waits for nobody, and leaves the others alone', async () => {
    const circle = yaml(entry('a', 'depends_on: [b]'), entry('b', 'depends_on: [a]'), entry('c', 'depends_on: [a]'));
    await lab.push(lab.repo.commit({ ...stack('a'), ...stack('b'), ...stack('c'), ...circle }));
    expect(await refused('a')).toEqual({
      summary: expect.stringContaining('a -> b -> a (holdfast.yaml:3, holdfast.yaml:4)'),
      file: 'holdfast.yaml',
      line: 3,
    });
    expect(await refused('c')).toBeNull();
    expect(await runs()).toEqual(['a', 'b', 'c after a, b']);
    expect((await lab.repos.find('infra'))?.config_error).toContain('form a circle');
    await lab.push(lab.repo.commit(yaml(entry('a', 'apply: manual'), entry('b', 'depends_on: [a]'))));
    expect(await refused('a')).toBeNull();
    expect((await lab.repos.find('infra'))?.config_error).toBeNull();
  });

  it('a stack that is not there is named with its line', async () => {
    await lab.push(lab.repo.commit({ ...stack('a'), ...stack('b'), ...yaml(entry('a', 'depends_on: [nowhere]')) }));
    expect(await refused('a')).toEqual({
      summary: expect.stringContaining('`depends_on` names "nowhere", and there is no such stack'),
      file: 'holdfast.yaml',
      line: 3,
    });
    expect(await refused('b')).toBeNull();
  });

  it('two stacks with one name are said, and one of them goes on', async () => {
    await lab.push(lab.repo.commit({ ...stack('a'), ...stack('net'), ...yaml(entry('a', 'name: net')) }));
    expect(await runs()).toEqual(['net']);
    expect((await lab.repos.find('infra'))?.config_error).toContain('has the same name');
  });
});
