import { expect, test } from 'vitest';
import { callCli, type FakeAnswer, fakeDeps, memoryStream, startFakeInstance } from '../../test/support/cli-harness.ts';
import { sampleRun } from '../../test/support/cli-samples.ts';
import type { RunStatus } from '../kernel/run-status.ts';
import { runCli } from './run-cli.ts';

const hasty = {
  now: () => 0,
  after(_delayMs: number, fn: () => void) {
    const timer = setImmediate(fn);
    return () => clearImmediate(timer);
  },
};

/** Follows a log whose n-th request is answered by the n-th of `answers`, while the run has the n-th status. */
async function follow(answers: FakeAnswer[], statuses: RunStatus[], argv = ['--json']) {
  let asked = 0;
  const instance = await startFakeInstance({
    'GET /api/v1/runs/x/log': (req, res) => {
      const answer = answers[Math.min(asked++, answers.length - 1)];
      if (typeof answer === 'function') answer(req, res);
    },
    'GET /api/v1/runs/x': (_req, res) => {
      res.end(JSON.stringify(sampleRun({ status: statuses[Math.min(asked, statuses.length) - 1] ?? 'unchanged' })));
    },
  });
  const env = { HOLDFAST_SERVER: instance.address, HOLDFAST_TOKEN: 't' };
  const outcome = await callCli(['logs', '-f', 'x', ...argv], { env, clock: hasty });
  await instance.close();
  return { ...outcome, asked };
}

test('a connection that is cut is taken up again where it was, in the middle of a character', async () => {
  const log = Buffer.from('one\nzwölf\ndrei\n');
  const { exit, stdout, asked } = await follow(
    [
      (_req, res) => {
        res.write(log.subarray(0, 7));
        setTimeout(() => res.destroy(), 20);
      },
      (_req, res) => void res.end(log),
    ],
    ['planning', 'unchanged'],
  );
  expect({ exit, asked }).toEqual({ exit: 0, asked: 2 });
  expect(JSON.parse(stdout).log).toBe('one\nzwölf\ndrei\n');
});

test('a stream that ends while the run goes on is not the end', async () => {
  const { stdout, asked } = await follow(
    [(_req, res) => void res.end('one\n'), (_req, res) => void res.end('one\ntwo\n')],
    ['planning', 'failed'],
    [],
  );
  expect({ stdout, asked }).toEqual({ stdout: 'one\ntwo\n', asked: 2 });
});

test('a log that cannot be had in the first place is an error at once', async () => {
  const { exit, stdout, asked } = await follow([(_req, res) => void res.destroy()], ['planning']);
  expect({ exit, asked }).toEqual({ exit: 1, asked: 1 });
  expect(JSON.parse(stdout).error.code).toBe('away');
});

test('on a terminal the log commands nothing; into a pipe it goes as it is', async () => {
  const log = '\u001b[31mred\u001b[0m \u001b]0;title\u0007\n';
  const instance = await startFakeInstance({ 'GET /api/v1/runs/x/log': (_req, res) => void res.end(log) });
  const env = { HOLDFAST_SERVER: instance.address, HOLDFAST_TOKEN: 't' };
  const terminal = memoryStream({ isTTY: true });
  await runCli(['logs', 'x'], fakeDeps({ env, stdout: terminal }));
  const pipe = await callCli(['logs', 'x'], { env });
  await instance.close();
  expect(terminal.text()).toBe('red ␛]0;title␇\n');
  expect(pipe.stdout).toBe(log);
});
