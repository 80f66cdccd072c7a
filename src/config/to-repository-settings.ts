import { fileURLToPath } from 'node:url';
import type { PathBases } from './path-bases.ts';
import { Secret } from './secret.ts';
import type { RepositoryCredentials, RepositorySettings } from './server-config.ts';
import type { ParsedServer } from './server-schema.ts';

type Parsed = ParsedServer['repositories'][number];

/** One watched repository in its final shape; a password in its URL moves to the credentials. */
export function toRepository(parsed: Parsed, index: number, bases: PathBases): RepositorySettings {
  const { url, credentials } = splitUserinfo(parsed.url);
  const { webhook, allow } = parsed;
  return {
    name: parsed.name,
    url,
    branch: parsed.branch,
    pollIntervalMs: parsed.poll_interval,
    firstSight: parsed.first_sight,
    stackPrefix: parsed.stack_prefix,
    webhook: webhook === undefined ? null : { provider: webhook.provider, secret: new Secret(webhook.secret) },
    credentials: toCredentials(parsed.credentials, index, bases) ?? credentials,
    allow: { autoApply: allow.auto_apply, localState: allow.local_state, engines: allow.engines },
  };
}

/** The URL without its password, and the password as credentials. `file:` URLs become paths. */
export function splitUserinfo(text: string): { url: string; credentials: RepositoryCredentials | null } {
  if (text.startsWith('file://')) return { url: toPath(text), credentials: null };
  if (!/^(https?|ssh):\/\//.test(text) || !URL.canParse(text)) return { url: text, credentials: null };
  const url = new URL(text);
  if (url.password === '') return { url: text, credentials: null };
  const username = decoded(url.username);
  const password = new Secret(decoded(url.password));
  url.password = '';
  if (url.protocol === 'ssh:') return { url: url.href, credentials: null };
  url.username = '';
  return { url: url.href, credentials: { kind: 'password', username, password } };
}

/** With percent codes resolved; broken ones are taken as they are. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function toPath(text: string): string {
  try {
    return fileURLToPath(text);
  } catch {
    return text;
  }
}

function toCredentials(parsed: Parsed['credentials'], index: number, bases: PathBases): RepositoryCredentials | null {
  if (parsed?.password !== undefined) {
    return { kind: 'password', username: parsed.username ?? 'git', password: new Secret(parsed.password) };
  }
  if (parsed?.ssh_key === undefined) return null;
  const at = ['repositories', index, 'credentials'];
  return {
    kind: 'ssh',
    sshKey: new Secret(parsed.ssh_key),
    sshKeyFile: bases.sourceFileOf([...at, 'ssh_key']),
    knownHosts: parsed.known_hosts ?? null,
    knownHostsFile: bases.sourceFileOf([...at, 'known_hosts']),
  };
}
