#!/usr/bin/env node
// Plain JavaScript that every Node from 14 on can parse: it finds a Node new enough for the program, or says so in one
// line. Hence no `node:` imports (14.18), no top-level await (14.8), no named imports of newer things.
// biome-ignore-all lint/style/useNodejsImportProtocol: an old Node knows no `node:` prefix and would print a stack trace
import { spawn } from 'child_process';
import { existsSync, readFileSync } from 'fs';
import module from 'module';
import { fileURLToPath } from 'url';

const NEEDED = [22, 19];
/** Set for the Node we start: if its launcher is killed, it ends the same way (kill -9 of the visible process is enough). */
const LAUNCHER = 'HOLDFAST_LAUNCHED';

function isNewEnough(version) {
  const parts = version.replace(/^v/, '').split('.').map(Number);
  return parts[0] > NEEDED[0] || (parts[0] === NEEDED[0] && parts[1] >= NEEDED[1]);
}

function pathTo(relative) {
  return fileURLToPath(new URL(relative, import.meta.url));
}

/** The binary of the `node` package: our own in a checkout, or our neighbour where we are a dependency. */
function findBundledNode() {
  for (const folder of ['../node_modules/node/', '../../node/']) {
    const binary = pathTo(`${folder}bin/node`);
    if (!existsSync(binary) || !existsSync(pathTo(`${folder}package.json`))) continue;
    if (isNewEnough(JSON.parse(readFileSync(pathTo(`${folder}package.json`), 'utf8')).version)) return binary;
  }
  return null;
}

function refuse(reason) {
  process.stderr.write(
    `holdfast needs Node 22.19 or newer; this is ${process.version} (${process.execPath})${reason}\n`,
  );
  process.exitCode = 1;
}

function runOn(binary) {
  const child = spawn(binary, [fileURLToPath(import.meta.url)].concat(process.argv.slice(2)), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: Object.assign({}, process.env, { [LAUNCHER]: '1' }),
  });
  // A terminal sends Ctrl-C to the whole group, so the child has it already; twice would mean "at once".
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const handlers = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'].map((signal) => {
    const fromTerminal = terminal && (signal === 'SIGINT' || signal === 'SIGQUIT');
    const handler = () => fromTerminal || child.kill(signal);
    process.on(signal, handler);
    return [signal, handler];
  });
  child.on('error', (error) => refuse(`, and ${binary} does not run: ${error.message}`));
  child.on('exit', (code, signal) => {
    for (const [name, handler] of handlers) process.removeListener(name, handler);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code;
  });
}

function followLauncher() {
  if (process.env[LAUNCHER] === undefined) return;
  delete process.env[LAUNCHER];
  if (!process.channel) return;
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel.unref();
}

function start() {
  followLauncher();
  module.enableCompileCache();
  // Node strips no types under node_modules, so package and image carry JavaScript and no src.
  const source = existsSync(pathTo('../src/main.ts')) ? '../src/main.ts' : '../dist/main.js';
  import(source).catch((error) => {
    process.stderr.write(`holdfast cannot start: ${error?.stack ?? error}\n`);
    process.exitCode = 1;
  });
}

if (isNewEnough(process.version)) {
  start();
} else {
  const binary = findBundledNode();
  if (binary === null) refuse('');
  else runOn(binary);
}
