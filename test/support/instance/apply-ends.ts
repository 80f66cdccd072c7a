import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** One resource of a stack; `after` names another one, `command` is run while it is made. */
export function made(name: string, { after, command }: { after?: string; command?: string } = {}): string {
  const depends = after === undefined ? '' : `  depends_on = [terraform_data.${after}]\n`;
  const exec =
    command === undefined ? '' : `  provisioner "local-exec" {\n    command = ${JSON.stringify(command)}\n  }\n`;
  return `resource "terraform_data" "${name}" {\n${depends}${exec}}\n`;
}

/**
 * Puts a `terraform` before the real one in PATH that does `line` (shell) before an apply in a directory of this name,
 * and is exec'ed away. Answers the new PATH.
 */
export function amendApplies(dir: string, path: string, lines: Readonly<Record<string, string>>): string {
  const bin = join(dir, 'bin');
  mkdirSync(bin, { recursive: true });
  const cases = Object.entries(lines).map(([name, line]) => `apply:*/${name}) ${line} ;;`);
  const rest = `PATH='${path}'\nexport PATH\nexec "$(command -v terraform)" "$@"`;
  const text = `#!/bin/sh\ncase "$1:$PWD" in\n${cases.join('\n')}\nesac\n${rest}\n`;
  writeFileSync(join(bin, 'terraform'), text);
  chmodSync(join(bin, 'terraform'), 0o755);
  return `${bin}:${path}`;
}

/** Shell that sends an apply's state requests to another port, and has it give up at once. */
export function viaPort(port: number): string {
  const sed = `sed -E 's#@127.0.0.1:[0-9]+#@127.0.0.1:${port}#'`;
  const names = ['TF_HTTP_ADDRESS', 'TF_HTTP_LOCK_ADDRESS', 'TF_HTTP_UNLOCK_ADDRESS'];
  return `TF_HTTP_RETRY_MAX=0; ${names.map((name) => `${name}=$(echo "$${name}" | ${sed})`).join('; ')}`;
}

/** Stands between an apply and its state: passes everything on but the saves, which it answers with 503. */
export async function withoutSaves(address: string): Promise<{ port: number; close(): void }> {
  const server: Server = createServer((asked, answer) => {
    if (asked.method === 'POST') return void asked.resume().on('end', () => answer.writeHead(503).end());
    const { method = 'GET', headers, url = '/' } = asked;
    const passed = request(`${address}${url}`, { method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 500, got.headers);
      got.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/**
 * A program that stores another state under the lock and with the token of the apply that runs it: what a broken
 * provider, or somebody with the run's own rights, could do at worst.
 */
export function strangerState(dir: string): string {
  const file = join(dir, 'stranger.mjs');
  const text = `
const address = new URL(process.env.TF_HTTP_ADDRESS);
const headers = { authorization: 'Basic ' + btoa(address.username + ':' + address.password) };
const url = address.origin + address.pathname;
const held = await fetch(url, { method: 'LOCK', headers, body: JSON.stringify({ ID: 'stranger' }) });
const { ID } = await held.json();
const body = JSON.stringify({ version: 4, terraform_version: '1.11.4', serial: 7, lineage: 'stranger', outputs: {}, resources: [] });
const stored = await fetch(url + '?ID=' + ID, { method: 'POST', headers, body });
process.exit(stored.status === 200 ? 0 : 1);
`;
  writeFileSync(file, text);
  return `'${process.execPath}' '${file}'`;
}
