import type { CheckContext } from './check-context.ts';
import { isMap, type KeyPath, pathKey } from './key-path.ts';
import type { Reporter } from './reporter.ts';

/** Whether a URL's userinfo has a password. */
export function hasPassword(url: string): boolean {
  return URL.canParse(url) && new URL(url).password !== '';
}

/** One entry of `repositories`: credentials that are whole and fit the URL, no password in it. */
export function checkRepository(path: KeyPath, entry: Readonly<Record<string, unknown>>, context: CheckContext): void {
  const { references, reporter } = context;
  const { url, credentials } = entry;
  const isLiteral = typeof url === 'string' && !references.has(pathKey([...path, 'url']));
  if (typeof url === 'string' && url.startsWith('ssh:') && hasPassword(url)) {
    const wayOut = 'use `credentials: {ssh_key: {file: PATH}, known_hosts: {file: PATH}}`';
    reporter.report([...path, 'url'], { message: 'holds a password, which ssh does not take', wayOut });
  } else if (isLiteral && hasPassword(url)) {
    const wayOut = 'move it to `credentials: {username: …, password: {env: NAME}}`';
    reporter.report([...path, 'url'], { severity: 'warning', message: 'holds a password', wayOut });
  }
  if (!isMap(credentials)) return;
  const at = [...path, 'credentials'];
  checkWholeness(at, credentials, reporter);
  if (typeof url === 'string') checkFit(at, credentials, url, reporter);
}

function checkWholeness(at: KeyPath, credentials: Readonly<Record<string, unknown>>, reporter: Reporter): void {
  const has = (key: string) => credentials[key] !== undefined;
  const hide = { showValue: false } as const;
  if (!has('password') && !has('ssh_key')) {
    const wayOut = 'write {username, password} or {ssh_key, known_hosts}';
    reporter.report(at, { message: 'has neither `password` nor `ssh_key`', wayOut, ...hide });
  } else if (has('password') && has('ssh_key')) {
    reporter.report(at, { message: 'has both `password` and `ssh_key`', wayOut: 'keep one of them', ...hide });
  }
  if (has('known_hosts') && !has('ssh_key')) {
    const message = 'has no effect without `ssh_key`';
    reporter.report([...at, 'known_hosts'], { severity: 'warning', message, part: 'key' });
  }
  if (has('ssh_key') && !has('known_hosts')) {
    const wayOut = 'write known_hosts: {file: PATH}, as `ssh-keyscan HOST` makes it';
    const message = 'is missing: the host cannot be told from another that takes its place';
    reporter.report([...at, 'known_hosts'], { severity: 'warning', message, wayOut });
  }
}

function checkFit(at: KeyPath, credentials: Readonly<Record<string, unknown>>, url: string, reporter: Reporter): void {
  const kind = /^https?:/.test(url) ? 'http' : /^(file:|\/)/.test(url) ? 'path' : 'ssh';
  if (credentials.ssh_key !== undefined && kind !== 'ssh') {
    const wayOut = 'use an ssh URL, or `username` and `password`';
    reporter.report([...at, 'ssh_key'], { message: 'does not fit a URL that is not ssh', wayOut, showValue: false });
  }
  if (credentials.password !== undefined && kind === 'ssh') {
    const wayOut = 'use an https URL, or `ssh_key` and `known_hosts`';
    reporter.report([...at, 'password'], { message: 'does not fit an ssh URL', wayOut, showValue: false });
  }
  const isClear = url.startsWith('http:') && !/^http:\/\/(localhost|127\.|\[::1\])/.test(url);
  if (credentials.password !== undefined && isClear) {
    const message = 'goes over http in clear';
    reporter.report([...at, 'password'], { severity: 'warning', message, wayOut: 'use https', showValue: false });
  }
}
