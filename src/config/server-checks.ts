import { parseDurationMs } from '../kernel/units.ts';
import { channelServiceOf } from './channel-service.ts';
import type { CheckContext } from './check-context.ts';
import { isMap, type KeyPath, pathKey, valueAt } from './key-path.ts';
import { reportRepeatedNames } from './repeated-names.ts';
import type { Reporter } from './reporter.ts';
import { checkRepository, hasPassword } from './repository-checks.ts';
import { isLoopback, parseListen } from './server-fields.ts';

/** What no single field can know: names that repeat, an open door without a lock, keys that exclude each other. */
export function checkServer(context: CheckContext): void {
  const { value, reporter } = context;
  reportRepeatedNames(value, ['repositories'], reporter);
  reportRepeatedNames(value, ['channels'], reporter);
  reportRepeatedNames(value, ['access', 'tokens'], reporter);
  checkListen(context);
  checkTimers(context);
  for (const key of ['redis_url', 'database_url']) checkLiteralPassword([key], context);
  forEachEntry(value, ['repositories'], (path, entry) => checkRepository(path, entry, context));
  forEachEntry(value, ['channels'], (path, entry) => checkChannel(path, entry, reporter));
  forEachEntry(value, ['access', 'tokens'], (path, entry) => {
    if (typeof entry.secret !== 'string' || entry.secret.length >= 16 || entry.secret === '') return;
    const wayOut = 'use 16 characters or more, as `openssl rand -hex 20` makes them';
    reporter.report([...path, 'secret'], { severity: 'warning', message: 'is short enough to be guessed', wayOut });
  });
}

function checkListen({ value, reporter }: CheckContext): void {
  const listen = valueAt(value, ['listen']);
  const address = typeof listen === 'string' ? parseListen(listen) : null;
  if (address === null || isLoopback(address.host) || isMap(valueAt(value, ['access']))) return;
  const message = 'must be a loopback address as long as there is no `access` block';
  reporter.report(['listen'], { message, wayOut: 'write 127.0.0.1, or add `access: {tokens: […]}`' });
}

function checkTimers({ value, reporter }: CheckContext): void {
  const durationOf = (key: string, otherwise: number) => {
    const text = valueAt(value, ['timers', key]);
    return typeof text === 'string' ? parseDurationMs(text) : otherwise;
  };
  const lease = durationOf('lease', 30_000);
  const heartbeat = durationOf('heartbeat', 5000);
  if (lease === null || heartbeat === null || lease >= 2 * heartbeat) return;
  const path = valueAt(value, ['timers', 'lease']) === undefined ? ['timers', 'heartbeat'] : ['timers', 'lease'];
  const message = 'does not fit: a lease must last at least two heartbeats';
  reporter.report(path, { message, wayOut: 'raise timers.lease or lower timers.heartbeat' });
}

/** A password that stands in the file itself, and not behind `{env}` or `{file}`. */
function checkLiteralPassword(path: KeyPath, { value, references, reporter }: CheckContext): void {
  const url = valueAt(value, path);
  if (typeof url !== 'string' || references.has(pathKey(path)) || reporter.isFromOutside(path)) return;
  if (!hasPassword(url)) return;
  reporter.report(path, {
    severity: 'warning',
    message: 'holds a password',
    wayOut: 'write {env: NAME} or {file: PATH}',
    showValue: false,
  });
}

function checkChannel(path: KeyPath, entry: Readonly<Record<string, unknown>>, reporter: Reporter): void {
  const { type } = entry;
  if (typeof type !== 'string') return;
  const meant = typeof entry.url === 'string' ? channelServiceOf(entry.url) : null;
  if (meant !== null && meant !== type && type !== 'webhook') {
    const message = `is an address of a channel of type ${meant}`;
    const wayOut = `write \`type: ${meant}\`, or the address that ${type} gave you`;
    reporter.report([...path, 'url'], { severity: 'warning', message, wayOut, showValue: false });
  }
  if (entry.secret !== undefined && type !== 'webhook') {
    const message = 'has no effect: only `webhook` signs what it sends';
    reporter.report([...path, 'secret'], { severity: 'warning', message, part: 'key' });
  }
}

function forEachEntry(
  value: unknown,
  list: KeyPath,
  check: (path: KeyPath, entry: Readonly<Record<string, unknown>>) => void,
): void {
  const entries = valueAt(value, list);
  if (!Array.isArray(entries)) return;
  entries.forEach((entry: unknown, index) => {
    if (isMap(entry)) check([...list, index], entry);
  });
}
