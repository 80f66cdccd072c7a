import { afterEach, expect, test } from 'vitest';
import { callCli, type FakeInstance, memoryStream, startFakeInstance } from '../../test/support/cli-harness.ts';
import { sampleListItem, sampleRun } from '../../test/support/cli-samples.ts';
import type { RunListItem } from '../api/contract.ts';
import type { Clock } from '../kernel/clock.ts';
import { RUN_TRANSITIONS, type RunStatus } from '../kernel/run-status.ts';
import { isAtRest } from './wait-for-run.ts';

const ID = '01k9zq4t7c8e2m5r';
const open: FakeInstance[] = [];
afterEach(async () => {
  for (const instance of open.splice(0)) await instance.close();
});

/** Time that passes as fast as it is asked to. */
function hastyClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    after(delayMs, fn) {
      const timer = setImmediate(() => {
        now += delayMs;
        fn();
      });
      return () => clearImmediate(timer);
    },
  };
}

async function wait(steps: (Partial<RunListItem> | 'cut')[], argv: string[] = ['--json']) {
  let polls = 0;
  const instance = await startFakeInstance({
    'POST /api/v1/runs': { body: sampleListItem({ status: 'queued' }) },
    [`GET /api/v1/runs/${ID}`]: (_req, res) => {
      const step = steps[Math.min(polls++, steps.length - 1)] ?? {};
      if (step === 'cut') return void res.destroy();
      res.end(JSON.stringify(sampleRun(step)));
    },
  });
  open.push(instance);
  const env = { HOLDFAST_SERVER: instance.address, HOLDFAST_TOKEN: 'x' };
  const outcome = await callCli(['plan', 'network/prod', '--wait', ...argv], { env, clock: hastyClock() });
  return { ...outcome, polls };
}

const resting: [RunStatus, number][] = [
  ['unchanged', 0],
  ['applied', 0],
  ['awaiting_approval', 2],
  ['planned', 2],
  ['policy_denied', 1],
  ['failed', 1],
  ['discarded', 1],
  ['superseded', 1],
  ['stale', 1],
  ['canceled', 1],
];

test.each(resting)('a run that comes to rest as %s makes --wait exit %i', async (status, exit) => {
  const outcome = await wait([{ status: 'planning' }, { status }]);
  expect(outcome).toMatchObject({ exit, polls: 2 });
  expect(JSON.parse(outcome.stdout).status).toBe(status);
});

test('every status is either at rest or on its way', () => {
  const atRest = (Object.keys(RUN_TRANSITIONS) as RunStatus[]).filter((status) =>
    isAtRest({ status, next_step: null }),
  );
  expect(atRest.sort()).toEqual(resting.map(([status]) => status).sort());
  expect(isAtRest({ status: 'interrupted', next_step: 'holdfast unblock …' })).toBe(true);
});

test('progress is told on stderr, a line for each change, and the plan on stdout', async () => {
  const waiting = { kind: 'worker', name: null, since: null } as const;
  const steps = [
    { status: 'queued', waiting_for: [waiting] },
    { status: 'planning', waiting_for: [] },
  ] as const;
  const { stdout, stderr } = await wait(
    [...steps.map((step) => ({ ...step, waiting_for: [...step.waiting_for] })), {}],
    [],
  );
  expect(stderr).toBe('network/prod: queued, waiting for worker\nnetwork/prod: planning\n');
  expect(stdout).toContain('Plan: 1 to add');
});

test('an instance that restarts meanwhile is waited for', async () => {
  const outcome = await wait([{ status: 'planning', waiting_for: [] }, 'cut', 'cut', { status: 'unchanged' }], []);
  expect(outcome).toMatchObject({ exit: 0, polls: 4 });
  expect(outcome.stderr).toContain('does not answer; trying again');
});

test('an instance that stays away is not waited for for ever', async () => {
  const outcome = await wait(['cut']);
  expect(outcome.exit).toBe(1);
  expect(JSON.parse(outcome.stdout).error.code).toBe('away');
});

test('on a terminal progress is one line that is taken away', async () => {
  const stderr = memoryStream({ isTTY: true, columns: 60 });
  const { createProgress } = await import('./progress.ts');
  const progress = createProgress(stderr);
  progress.update('one');
  progress.update('one');
  progress.update('t\u001b[2Jwo');
  progress.end();
  expect(stderr.text()).toBe('\r\u001b[Kone\r\u001b[Kt␛[2Jwo\r\u001b[K');
});
