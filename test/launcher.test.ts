import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findOldNode } from './support/old-node.ts';
import { until } from './support/until.ts';

const repository = resolve(import.meta.dirname, '..');
const dir = mkdtempSync(join(tmpdir(), 'holdfast-launcher-'));
const oldNode = findOldNode();
if ('missing' in oldNode) console.log(`skipped: the launcher on an old Node: ${oldNode.missing}`);
const node = 'missing' in oldNode ? process.execPath : oldNode.path;
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A package with our launcher and a main of the test's own, so that it is about the launcher alone. */
function makePackage(name: string, main: string): string {
  const folder = join(dir, name);
  mkdirSync(join(folder, 'bin'), { recursive: true });
  mkdirSync(join(folder, 'dist'));
  mkdirSync(join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  writeFileSync(join(folder, 'dist/main.js'), main);
  cpSync(join(repository, 'bin/holdfast.mjs'), join(folder, 'bin/holdfast.mjs'));
  symlinkSync(join(repository, 'node_modules/node'), join(folder, 'node_modules/node'));
  return join(folder, 'bin/holdfast.mjs');
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [chunk] = await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  return String(chunk).trim();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.startsWith('Z') === false;
  } catch {
    return false;
  }
}

const sleeper = 'console.log(process.pid); setInterval(() => {}, 1000);';

test.skipIf('missing' in oldNode)(
  'on an old Node it runs on the one in node_modules, with arguments and exit code',
  () => {
    const bin = makePackage(
      'arguments',
      'console.log(process.version, ...process.argv.slice(2)); process.exitCode = 7;',
    );
    const { status, stdout, stderr } = spawnSync(node, [bin, 'a b', '--json'], { encoding: 'utf8' });
    expect(stdout).toMatch(/^v2[4-9]\.\S+ a b --json\n$/);
    expect({ status, stderr }).toEqual({ status: 7, stderr: '' });
  },
);

test('a signal reaches the program, and its end is the launcher’s end', { timeout: 60_000 }, async () => {
  const bin = makePackage('signal', `process.on('SIGTERM', () => process.exit(9)); ${sleeper}`);
  const child = spawn(node, [bin], { stdio: ['ignore', 'pipe', 'inherit'] });
  await firstLine(child);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([9, null]);
});

test('a program that a signal ended is seen so', { timeout: 60_000 }, async () => {
  const bin = makePackage('killed', sleeper);
  const child = spawn(node, [bin], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.kill(Number(await firstLine(child)), 'SIGTERM');
  expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
});

test('kill -9 of the launcher ends the program too', { timeout: 60_000 }, async () => {
  const bin = makePackage('orphan', sleeper);
  const child = spawn(node, [bin], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = Number(await firstLine(child));
  child.kill('SIGKILL');
  await once(child, 'exit');
  await until(() => (isAlive(pid) ? null : true));
});
