import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { callCli } from '../../test/support/cli-harness.ts';
import { findBinary } from '../../test/support/find-binary.ts';
import { catalogue } from './catalogue.ts';
import { SHELLS } from './completion.ts';

async function scriptFor(shell: string): Promise<string> {
  const { exit, stdout } = await callCli(['completion', shell]);
  expect(exit).toBe(0);
  return stdout;
}

/** What bash offers after the words, by calling the function as readline does. */
function offered(script: string, words: string[]): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-completion-'));
  try {
    writeFileSync(join(dir, 'c.bash'), script);
    const ask = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const args = ['--norc', '-c', ask, 'bash', join(dir, 'c.bash'), 'holdfast', ...words];
    const { status, stdout, stderr } = spawnSync('bash', args, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout.split('\n').filter((word) => word !== '');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test.skipIf(findBinary('bash') === null)('bash completes commands, options and shells (needs bash)', async () => {
  const script = await scriptFor('bash');
  expect(offered(script, [''])).toEqual([...catalogue.map(({ name }) => name), 'help']);
  expect(offered(script, ['sta'])).toEqual(['stacks', 'state']);
  expect(offered(script, ['plan', '--re'])).toEqual(['--ref', '--refresh-only']);
  expect(offered(script, ['--json', 'logs', '-'])).toEqual(expect.arrayContaining(['-f', '--follow', '--server']));
  expect(offered(script, ['completion', 'z'])).toEqual(['zsh']);
  expect(offered(script, ['worker', '--su'])).toEqual([]);
});

/** Of the other shells only those that are here can be asked; bash is everywhere. */
const READERS = [
  ['zsh', ['-n', '/dev/stdin']],
  ['fish', ['--no-execute', '/dev/stdin']],
] as const;

for (const [shell, args] of READERS.filter(([name]) => findBinary(name) !== null)) {
  test(`${shell} reads its script`, async () => {
    const { status, stderr } = spawnSync(shell, args, { input: await scriptFor(shell), encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
}

test.each(SHELLS)('the script for %s names every command', async (shell) => {
  const script = await scriptFor(shell);
  for (const { name } of catalogue) expect(script).toContain(name);
  expect(script.split("'").length % 2).toBe(1);
  expect(script.match(/'/g)?.length ?? 0).toSatisfy((n) => n % 2 === 0);
});
