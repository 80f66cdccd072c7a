import { expect, test } from 'vitest';
import { callCli } from '../../test/support/cli-harness.ts';
import { catalogue } from './catalogue.ts';

test('the help lists every command in its group', async () => {
  const { exit, stdout } = await callCli(['--help']);
  expect(exit).toBe(0);
  for (const { name, summary, group } of catalogue) {
    expect(stdout).toContain(`${group}:`);
    expect(stdout).toMatch(new RegExp(`^  ${name} .*${summary.slice(0, 12)}`, 'm'));
  }
});

test.each(catalogue.map(({ name }) => name))('the help of %s has examples and the global options', async (name) => {
  const { exit, stdout } = await callCli([name, '--help']);
  expect(exit).toBe(0);
  expect(stdout).toContain(`Usage: holdfast ${name}`);
  expect(stdout).toMatch(/Examples:\n {2}\S/);
  for (const option of ['--config <file>', '--json', '-h, --help']) expect(stdout).toContain(option);
  for (const line of stdout.split('\n')) expect(line.trimEnd()).toBe(line);
});

test('the list of commands and each definition say the same', async () => {
  for (const entry of catalogue) {
    const definition = await entry.load();
    expect(definition).toMatchObject({ name: entry.name, summary: entry.summary });
    expect(definition.examples.length).toBeGreaterThan(0);
  }
});

const wrong: [string[], RegExp][] = [
  [['nonsense'], /unknown command 'nonsense'/],
  [['stack'], /Did you mean stacks/],
  [['approve'], /missing required argument 'run'/],
  [['run'], /missing required argument 'id'/],
  [['run', 'a', 'b'], /too many arguments/],
  [['runs', '--limit', 'ten'], /--limit must be a whole number from 1 to 10000, got "ten"/],
  [['runs', '--stak', 'x'], /unknown option '--stak'/],
  [['plan', 'x', '--destroy', '--refresh-only'], /cannot be used with/],
  [['changed'], /required option '--base <rev>' not specified/],
  [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
  [['version', '--server', 'http://x'], /talks to no running instance/],
  [['runs', '--server', 'nonsense'], /must be a URL such as/],
  [['runs', '--server', 'http://u:pw@x'], /must hold no password/],
];

test.each(wrong)('%j is refused with exit 1 and what is wrong', async (argv, message) => {
  const text = await callCli(argv);
  expect(text).toMatchObject({ exit: 1, stdout: '' });
  expect(text.stderr).toMatch(message);
  const json = await callCli([...argv, '--json']);
  expect(json).toMatchObject({ exit: 1, stderr: '' });
  const { error } = JSON.parse(json.stdout);
  expect(error.code).toBe('invalid');
  expect(error.message).toMatch(message);
});

test('without a command the help is on stderr and the exit code 1', async () => {
  const { exit, stdout, stderr } = await callCli([]);
  expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
  expect(stderr).toContain('Start here');
});

test('an error that is a bug is said to be one, and is JSON where that was asked for', async () => {
  const changed = () => Promise.reject(new Error('boom'));
  expect((await callCli(['changed', '--base', 'x'], { changed })).stderr).toContain(
    'this is a bug in Holdfast: Error: boom',
  );
  const { stdout } = await callCli(['changed', '--base', 'x', '--json'], { changed });
  expect(JSON.parse(stdout)).toEqual({ error: { code: 'internal', message: 'boom' } });
});

test('wrong usage names the help of its command', async () => {
  const { stdout } = await callCli(['approve', '--json']);
  expect(JSON.parse(stdout).error.way_out).toBe('see: holdfast help approve');
  expect((await callCli(['approve'])).stderr).toMatch(
    /missing required argument 'run'\n {2}see: holdfast help approve\n$/,
  );
  expect((await callCli(['nonsense'])).stderr).toContain('see: holdfast help');
});
