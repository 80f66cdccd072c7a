import { expect, test } from 'vitest';
import { callCli, fakeDeps, memoryStream } from '../../test/support/cli-harness.ts';
import { wantsColour, wantsJson } from './global-options.ts';
import { createOutput } from './output.ts';
import { runCli } from './run-cli.ts';

const ESC = '\u001b';
const changed = async () => ({ base: '1', head: '2', stacks: [], warnings: ['odd'] });

async function coloursIn(isTTY: boolean, env: Record<string, string>) {
  const stdout = memoryStream({ isTTY });
  const stderr = memoryStream({ isTTY });
  await runCli(['changed', '--base', 'x'], fakeDeps({ stdout, stderr, env, changed }));
  return { out: stdout.text().includes(ESC), err: stderr.text().includes(ESC) };
}

test('colours only on a terminal, and not where NO_COLOR or a dumb terminal says no', async () => {
  expect(await coloursIn(true, {})).toEqual({ out: true, err: true });
  expect(await coloursIn(false, {})).toEqual({ out: false, err: false });
  expect(await coloursIn(true, { NO_COLOR: '1' })).toEqual({ out: false, err: false });
  expect(await coloursIn(true, { TERM: 'dumb' })).toEqual({ out: false, err: false });
  expect(wantsColour({ FORCE_COLOR: '1' }, false)).toBe(true);
  expect(wantsColour({ FORCE_COLOR: '1', NO_COLOR: '1' }, true)).toBe(false);
});

test('a value after -- is no --json', () => {
  expect(wantsJson(['stacks', '--', '--json'])).toBe(false);
  expect(wantsJson(['stacks', '--json'])).toBe(true);
});

test('with --json there is one document, whatever a command prints', () => {
  const stdout = memoryStream();
  const output = createOutput({ json: true, stdout, stderr: memoryStream(), env: {}, now: () => 0 });
  output.raw('text');
  output.result({ json: { first: 1 }, text: () => 'text' });
  output.result({ json: { second: 2 }, text: () => 'text' });
  expect(JSON.parse(stdout.text())).toEqual({ first: 1 });
});

test('a reader that went away is no error and gets nothing more', () => {
  const listeners: ((error: Error) => void)[] = [];
  const stdout = {
    ...memoryStream(),
    on: (_event: 'error', listener: (error: Error) => void) => listeners.push(listener),
  };
  const written: unknown[] = [];
  stdout.write = (chunk) => written.push(chunk) > 0;
  const output = createOutput({ json: false, stdout, stderr: memoryStream(), env: {}, now: () => 0 });
  output.raw('a');
  for (const listener of listeners) listener(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  output.raw('b');
  output.result({ json: {}, text: () => 'c' });
  expect(written).toEqual(['a']);
  expect(output.gone.aborted).toBe(true);
});

test('a hostile warning is made visible', async () => {
  const warnings = [`${ESC}]0;title\u0007\u202e`];
  const { stderr } = await callCli(['changed', '--base', 'x'], {
    changed: async () => ({ base: '1', head: '2', stacks: [], warnings }),
  });
  expect(stderr).toBe('warning: ␛]0;title␇<U+202E>\n');
});

test('bytes wait until they were taken, and for nobody who is gone', async () => {
  let take = () => {};
  const stdout = memoryStream();
  stdout.write = (_chunk, done = () => {}) => {
    take = done;
    return false;
  };
  const failures: ((error: Error) => void)[] = [];
  stdout.on = (_event, listener) => failures.push(listener);
  const output = createOutput({ json: false, stdout, stderr: memoryStream(), env: {}, now: () => 0 });
  const told: string[] = [];
  const first = output.bytes(Buffer.from('a')).then(() => told.push('taken'));
  await Promise.resolve();
  expect(told).toEqual([]);
  take();
  await first;
  const second = output.bytes(Buffer.from('b'));
  for (const fail of failures) fail(new Error('write EPIPE'));
  await second;
  await output.bytes(Buffer.from('c'));
});
