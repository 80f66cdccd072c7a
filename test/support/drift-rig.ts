import { createDriftSide, createDriftWatch } from '../../src/compose/drift-side.ts';
import type { ServerConfig } from '../../src/config/server-config.ts';
import type { DriftTurn } from '../../src/features/drift/drift-loop.ts';
import { NewsWriter, SqlNotificationStore } from '../../src/features/notifications/index.ts';
import type { NotificationBody } from '../../src/features/notifications/notification.ts';
import { newRun, type RunDoor, sqlStackMarks } from '../../src/features/runs/index.ts';
import { newId } from '../../src/kernel/ids.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { EMPTY_SUMMARY, type PlannedChange, type PlanProjection } from '../../src/kernel/plan-outcome.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import type { RunStatus } from '../../src/kernel/run-status.ts';
import type { StackDrift } from '../../src/kernel/stack-entry.ts';
import { openDatabase } from '../../src/platform/db/open-database.ts';
import type { RunTable } from '../../src/platform/db/schema.ts';
import { createJumpingClock } from './jumping-clock.ts';
import { channelTo } from './notification-rig.ts';
import { affectedStack, runParts, saveStack } from './run-fixtures.ts';

const AT = Date.parse('2026-11-21T09:00:00Z');
const SETTINGS: StackDrift = { every_ms: null, remediate: false, ignore: [] };
const STEPS: RunStatus[] = ['preparing', 'planning', 'awaiting_approval', 'approved', 'applying', 'applied'];

export type DriftConfig = Partial<ServerConfig['drift']>;
export type DriftRig = Awaited<ReturnType<typeof openDriftRig>>;

/** Drift as compose puts it together, over a database and a clock on which nobody waits; its loop does not run. */
export async function openDriftRig(drift: DriftConfig = {}, file = ':memory:') {
  const db = await openDatabase({ file });
  const clock = createJumpingClock(AT);
  const kept = new Map<string, PlanProjection>();
  const store = new SqlNotificationStore(db);
  const channels = [channelTo('hook', 'webhook', 'http://localhost/x')];
  const urls = { runUrl: (run: string) => `https://h/runs/${run}`, homeUrl: () => 'https://h/' };
  const news = new NewsWriter({ store, channels, clock, random: systemRandom, wake: () => {}, ...urls });
  const settings = { everyMs: 3_600_000, maxConcurrent: 100, breakerPercent: 100, report: null, ...drift };
  const config = { drift: settings, retention: { runsMs: 90 * 86_400_000 } } as ServerConfig;
  const shared = { db, config, clock, news, random: { ...systemRandom, next: () => 0 } };
  const plans = { load: async (run: string) => kept.get(run) ?? null };
  const watch = createDriftWatch({ ...shared, plans, door: () => parts.door });
  const parts = runParts(db, clock, [watch.watch]);
  const gates = { blocked: null, freeze: null, window: { isOpen: true } as { isOpen: boolean } };
  const side = createDriftSide({
    ...shared,
    ...{
      drift: watch,
      runs: parts.store,
      door: parts.door,
      keep: async () => {},
      ring: () => {},
      logger: silentLogger,
    },
    world: { gates: async () => gates } as never,
    auto: { decide: async () => ({ yes: false, reason: null }) },
  });
  const rig = {
    ...{ db, clock, side, gates, store: parts.store, door: parts.door, settings },
    /** A stack that was applied with these inputs. */
    async applied(stack: string, entry: Partial<StackDrift> = {}, inputs = 'one'): Promise<RunTable> {
      await saveStack(db, stack, inputs);
      await rig.configure(stack, entry);
      return rig.walk(await rig.queue(stack, inputs), STEPS);
    },
    /** What holdfast.yaml says of its drift. */
    async configure(stack: string, entry: Partial<StackDrift>): Promise<void> {
      const text = JSON.stringify({ ...affectedStack(stack, '').entry, drift: { ...SETTINGS, ...entry } });
      await db.updateTable('stacks').set({ entry: text, updated_at: clock.now() }).where('name', '=', stack).execute();
    },
    async queue(stack: string, inputs = 'one'): Promise<RunTable> {
      const { spec, inputsDigest } = affectedStack(stack, inputs);
      return db.transaction().execute(async (tx) => {
        const specDigest = await parts.store.saveSpec(tx, spec, clock.now());
        const about = {
          stack,
          repository: 'infra',
          commit: inputs,
          base: null,
          author: 'Ana',
          message: 'm',
          reasons: [],
        };
        const run = newRun({
          ...{ ...about, id: newId(clock, systemRandom), kind: 'plan', trigger: 'push', speculative: false },
          ...{ specDigest, inputsDigest, at: clock.now() },
        });
        await parts.door.open(tx, run, 'system');
        return run;
      });
    },
    /** Takes a run through these statuses. */
    async walk(run: RunTable, steps: readonly RunStatus[], set: Partial<RunTable> = {}): Promise<RunTable> {
      let at = (await parts.store.find(run.id)) ?? run;
      for (const to of steps)
        at = await db.transaction().execute((tx) => step(parts.door, tx, at, to, clock.now(), set));
      if (at.status === 'applied')
        await db.transaction().execute((tx) => sqlStackMarks.setApplied(tx, at, clock.now()));
      return at;
    },
    openChecks: async (stack: string) => (await parts.store.openOf([stack])).filter(({ kind }) => kind === 'drift'),
    /** Ends the open check of the stack (asking for one where there is none) with this plan, or with an error. */
    async check(stack: string, found: readonly PlannedChange[] | { readonly error: string }, drift?: PlannedChange[]) {
      clock.advance(1000);
      await side.check(stack, 'test');
      const [run] = await rig.openChecks(stack);
      if (!run) throw new Error(`no check of ${stack} is open`);
      if ('error' in found) {
        const error = JSON.stringify({ summary: found.error });
        return rig.walk(run, ['preparing', 'planning', 'failed'], { error });
      }
      kept.set(run.id, {
        summary: EMPTY_SUMMARY,
        changes: found,
        drift: drift ?? [...found],
        outputs: [],
        left_out: 0,
      });
      return rig.walk(run, ['preparing', 'planning', found.length === 0 ? 'unchanged' : 'planned']);
    },
    /** Everything told since the last time, oldest first. */
    async told(): Promise<NotificationBody[]> {
      const rows = await db.selectFrom('notifications').selectAll().orderBy('sequence').execute();
      await db.deleteFrom('notifications').execute();
      return rows.map(({ body }) => JSON.parse(body) as NotificationBody);
    },
    events: async () => (await rig.told()).map(({ event, stack }) => `${event} ${stack ?? ''}`.trim()),
    report: () => side.port.report(() => true),
    stackReport: async (stack: string) => (await rig.report()).stacks.find(({ name }) => name === stack),
    row: (stack: string) => watch.stacks.find(db, stack),
    /** One look of everything that looks by time. */
    async look(): Promise<void> {
      for (const turn of side.turns as readonly DriftTurn[]) await turn.runOnce(clock.now());
    },
    close: () => db.destroy(),
  };
  return rig;
}

function step(
  door: RunDoor,
  tx: Parameters<RunDoor['move']>[0],
  run: RunTable,
  to: RunStatus,
  now: number,
  set: Partial<RunTable>,
): Promise<RunTable> {
  const { id: _id, status: _status, version: _version, ...more } = set as RunTable;
  const lease = ['preparing', 'planning', 'applying'].includes(to) ? now + 30_000 : null;
  const base: Partial<RunTable> = { worker: 'w1', attempt: 1, started_at: now, lease_until: lease };
  if (to === 'awaiting_approval')
    Object.assign(base, { summary: JSON.stringify(EMPTY_SUMMARY), plan_digest: 'a'.repeat(64) });
  if (to === 'approved') base.approved_by = 'token:ana';
  return door.move(tx, run, to, { actor: 'test', set: { ...base, ...more } });
}

/** An update of one attribute: from what was applied to what was found. */
export function drifted(address: string, before: string, after: string): PlannedChange {
  return { address, type: 'aws_x', actions: ['update'], attributes: [{ path: 'size', before, after }] };
}
