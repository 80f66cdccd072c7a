import { z } from 'zod';
import { checkedText, secretText } from './fields.ts';
import { globFault } from './glob-fault.ts';
import { hasControlCharacter } from './repository-paths.ts';
import { FACTS } from './schema-facts.ts';
import { serverVariableFault } from './variable-names.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Name of a repository, channel or token: it stands in addresses and file names. */
export function entryName() {
  const expects = 'a name of letters, digits, `.`, `_` and `-`, at most 100';
  return checkedText(expects, (value) => (NAME.test(value) ? null : `must be ${expects}`));
}

/** Globs over stack names; default: all. */
export function globs() {
  return z.array(checkedText('a glob', globFault)).min(1).max(1000).prefault(['**']);
}

/** `host:port` of a listen address, or null where the text is none. */
export function parseListen(value: string): { host: string; port: number } | null {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(value);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? null : { host, port };
}

/** Whether only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** A listen address, as text. */
export function listenText() {
  return checkedText('host:port such as 127.0.0.1:4600', (value) =>
    parseListen(value) === null ? 'must be host:port such as 127.0.0.1:4600' : null,
  );
}

/** Address of a Redis or Valkey; it may hold a password, so it is never shown. */
export function redisUrl() {
  const expects = 'a redis://, rediss:// or unix:// URL';
  return secretText(expects, (value) =>
    URL.canParse(value) && /^(rediss?|unix):$/.test(new URL(value).protocol) ? null : `must be ${expects}`,
  );
}

const SCP_LIKE = /^[A-Za-z0-9_][A-Za-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(?!\/\/)[^\s]+$/;

/** Where a repository lies: https, http, ssh, file URL, `user@host:path`, or an absolute path. */
export function repositoryUrl() {
  const expects = 'an https, http or ssh URL, or an absolute path';
  return checkedText(expects, (value) => {
    if (value.startsWith('-') || hasControlCharacter(value)) return `must be ${expects}`;
    if (value.startsWith('/') || SCP_LIKE.test(value)) return null;
    if (value.startsWith('~')) return [`must be ${expects}`, 'write the home directory out, a shell alone expands ~'];
    return isRepositoryUrl(value) ? null : `must be ${expects}`;
  });
}

/** Hosts and users that ssh could take for an option are none. */
function isRepositoryUrl(value: string): boolean {
  if (!/^(https?|ssh|file):\/\//.test(value) || !URL.canParse(value)) return false;
  const { protocol, hostname, username } = new URL(value);
  if (hostname.startsWith('-') || decodes(username)?.startsWith('-') !== false) return false;
  return protocol === 'file:' ? hostname === '' : hostname !== '';
}

/** The text with its percent codes resolved, or null where they are broken. */
function decodes(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** A branch's short name, by git's own rules for references. */
export function branchName() {
  return checkedText('the name of a branch', (value) => {
    const isLegal =
      value !== '' &&
      value.length <= 250 &&
      !hasControlCharacter(value) &&
      !/[\s~^:?*[\\]|\.\.|@\{|\/\/|\.lock(\/|$)|^[-/.]|\/\.|[/.]$/.test(value) &&
      value !== '@';
    return isLegal ? null : 'must be the name of a branch, without refs/heads/ and wildcards';
  });
}

/** What stands before default stack names: empty, `infra/`, `infra-`. */
export function stackPrefix() {
  const expects = 'a text of letters, digits, `.`, `_`, `-` and `/`';
  return checkedText(expects, (value) =>
    value === '' || /^[A-Za-z0-9_][A-Za-z0-9._/-]{0,99}$/.test(value) ? null : `must be ${expects}`,
  );
}

/** A variable of the worker's own environment, or a prefix with a trailing `*`. */
export function passPattern() {
  return checkedText('a variable name, or a prefix with a trailing *', (value) => {
    if (value === '*') return ['must not pass everything', 'name the variables, or a prefix such as AWS_*'];
    return serverVariableFault(value.endsWith('*') ? value.slice(0, -1) : value);
  });
}

/** A variable that the server's file gives to the engine. */
export function serverVariable() {
  return checkedText('a variable name', serverVariableFault);
}

/** What a variable holds; never shown. */
export function variableValue() {
  return z.string().max(65_536).register(FACTS, { expects: 'a text', secret: true });
}
