import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBinary } from './support/find-binary.ts';
import { findOldNode } from './support/old-node.ts';

const MINUTES = 60_000;
const repository = resolve(import.meta.dirname, '..');
const dir = mkdtempSync(join(tmpdir(), 'holdfast-pack-'));
const installed = join(dir, 'installed');
const bin = join(installed, 'node_modules/holdfast/bin/holdfast.mjs');
const oldNode = findOldNode();
if ('missing' in oldNode) console.log(`skipped: the clear line on an old Node: ${oldNode.missing}`);

/**
 * Without what `npm test` and vitest set, which would point npm at this repository; settings of the machine (registry,
 * certificates) stay. npm runs on the Node that runs the tests.
 */
function cleanEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(lifecycle|package|command|execpath|config_local_prefix)|INIT_CWD|NODE_(OPTIONS|ENV|PATH)$)/.test(name),
  );
  const env = Object.fromEntries(entries) as Record<string, string>;
  return { ...env, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, NO_COLOR: '1' };
}

function npm(cwd: string, ...args: string[]): string {
  return execFileSync('npm', args, {
    cwd,
    env: cleanEnvironment(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function holdfast(node: string, ...args: string[]) {
  return spawnSync(node, [bin, ...args], { cwd: installed, env: cleanEnvironment(), encoding: 'utf8' });
}

beforeAll(() => {
  mkdirSync(installed);
  npm(repository, 'pack', '--pack-destination', dir, '--loglevel=error');
  npm(installed, 'init', '--yes', '--silent');
  const tarball = join(dir, `holdfast-${npm(repository, 'pkg', 'get', 'version').trim().replaceAll('"', '')}.tgz`);
  npm(
    installed,
    'install',
    '--prefer-offline',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    tarball,
  );
}, 10 * MINUTES);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('the installed package says its version and reads a configuration', { timeout: MINUTES }, () => {
  const version = holdfast(process.execPath, 'version', '--json');
  expect(version).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(version.stdout)).toMatchObject({ node: process.version });
  const init = holdfast(process.execPath, 'init', '--url', 'https://git.example.com/acme/infra.git');
  expect(init).toMatchObject({ status: 0, stdout: expect.stringContaining('server.yaml') });
  const validate = holdfast(process.execPath, 'validate', '--json');
  expect(JSON.parse(validate.stdout)).toMatchObject({ valid: true });
});

test('npm links the program, executable, and it runs by its name', { timeout: MINUTES }, () => {
  expect(statSync(bin).mode & 0o111).not.toBe(0);
  expect(npm(installed, 'exec', '--offline', '--', 'holdfast', 'version')).toMatch(/^holdfast \d+\.\d+\.\d+ \(node v/);
});

test.skipIf(findBinary('terraform') === null)(
  'the installed package plans: its demo ends well (needs terraform)',
  {
    timeout: 3 * MINUTES,
  },
  () => {
    const demo = holdfast(process.execPath, 'demo', '--once', '--json');
    expect(demo.status, demo.stderr).toBe(0);
    expect(JSON.parse(demo.stdout).messages.length).toBeGreaterThan(0);
  },
);

test.skipIf('missing' in oldNode)('an old Node gets one clear line and exit code 1', { timeout: MINUTES }, () => {
  if ('missing' in oldNode) return;
  const { status, stdout, stderr } = holdfast(oldNode.path, 'version');
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toBe(`holdfast needs Node 22.19 or newer; this is ${oldNode.version} (${oldNode.path})\n`);
});
