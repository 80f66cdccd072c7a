import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HoldfastError } from '../../kernel/errors.ts';

/** Something that gives its secret only when asked, such as config's `Secret`. */
export interface Revealable {
  reveal(): string;
}

/** How a remote is asked, as server.yaml's `credentials` say. */
export type RemoteCredentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: Revealable }
  | {
      readonly kind: 'ssh';
      readonly sshKey: Revealable;
      readonly sshKeyFile: string | null;
      readonly knownHosts: string | null;
      readonly knownHostsFile: string | null;
    };

/** A checked address of a repository. `url` has no userinfo but ssh's user name, and is safe to show and to hand to git. */
export type GitRemote =
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly protocol: 'http' | 'https';
      readonly login: HttpLogin | null;
    }
  | { readonly kind: 'ssh'; readonly url: string; readonly credentials: SshCredentials | null }
  | { readonly kind: 'file'; readonly url: string };

export interface HttpLogin {
  readonly username: string;
  readonly password: Revealable;
}

export type SshCredentials = Extract<RemoteCredentials, { kind: 'ssh' }>;

/** `a::b` would name a helper program of git's. */
const SCP_LIKE = /^(?:([A-Za-z0-9._][A-Za-z0-9._-]*)@)?([A-Za-z0-9][A-Za-z0-9.-]*):(?!\/\/|:)([^-].*)$/;

/**
 * Reads `url` of server.yaml: http(s), ssh or file URL, `user@host:path`, or an absolute path. A password in it is taken
 * out and used where no credentials are given. Throws `invalid` for everything else, without showing userinfo.
 */
export function parseRemote(url: string, credentials: RemoteCredentials | null): GitRemote {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a line break would end a header or a config line
  if (/[\x00-\x1f\x7f]/.test(url)) throw invalidUrl('holds a control character');
  if (isAbsolute(url)) return { kind: 'file', url: resolve(url) };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return parseUrl(url, credentials);
  if (SCP_LIKE.test(url)) return { kind: 'ssh', url, credentials: sshOf(credentials) };
  throw invalidUrl('is neither a http(s) or ssh URL nor an absolute path');
}

function parseUrl(text: string, credentials: RemoteCredentials | null): GitRemote {
  if (!URL.canParse(text)) throw invalidUrl('cannot be read as a URL');
  const url = new URL(text);
  if (url.search || url.hash) throw invalidUrl('holds a `?` or `#`, which no Git URL does');
  switch (url.protocol) {
    case 'http:':
    case 'https:':
      return parseHttp(url, credentials);
    case 'ssh:':
      return parseSsh(url, credentials);
    case 'file:':
      if (url.host !== '') throw invalidUrl('names a host in a file URL');
      return { kind: 'file', url: fileURLToPath(url) };
    default:
      throw invalidUrl(`has the protocol ${url.protocol.slice(0, 20)}, and only https, http, ssh and file are known`);
  }
}

function parseHttp(url: URL, credentials: RemoteCredentials | null): GitRemote {
  const login = loginOf(credentials) ?? userinfoOf(url);
  url.username = '';
  url.password = '';
  const protocol = url.protocol === 'https:' ? 'https' : 'http';
  return { kind: 'http', url: url.href.replace(/\/+$/, ''), protocol, login };
}

function parseSsh(url: URL, credentials: RemoteCredentials | null): GitRemote {
  const user = decodeURIComponent(url.username);
  if (!/^[A-Za-z0-9.[\]:][A-Za-z0-9.[\]:-]*$/.test(url.host)) throw invalidUrl('has no usable host');
  if (user !== '' && !/^[A-Za-z0-9._][A-Za-z0-9._-]*$/.test(user)) throw invalidUrl('has no usable user name');
  if (decodeURIComponent(url.pathname).startsWith('/-')) throw invalidUrl('has a path that starts with `-`');
  url.password = '';
  return { kind: 'ssh', url: url.href, credentials: sshOf(credentials) };
}

function loginOf(credentials: RemoteCredentials | null): HttpLogin | null {
  return credentials?.kind === 'password' ? credentials : null;
}

function sshOf(credentials: RemoteCredentials | null): SshCredentials | null {
  return credentials?.kind === 'ssh' ? credentials : null;
}

function userinfoOf(url: URL): HttpLogin | null {
  if (url.username === '' && url.password === '') return null;
  const password = decodeURIComponent(url.password);
  return { username: decodeURIComponent(url.username), password: { reveal: () => password } };
}

function invalidUrl(why: string): HoldfastError {
  return new HoldfastError('invalid', `the repository's \`url\` ${why}`, {
    treatment: { kind: 'human', wayOut: 'write it like https://git.example.com/acme/infra.git or /srv/git/infra.git' },
  });
}

/** `Basic …` for a login; null without one. */
export function authorizationOf(login: HttpLogin | null): string | null {
  if (!login) return null;
  return `Basic ${Buffer.from(`${login.username}:${login.password.reveal()}`).toString('base64')}`;
}

/** Everything that must never appear in a message about this remote. */
export function secretsOf(remote: GitRemote): string[] {
  if (remote.kind !== 'http' || !remote.login) return [];
  const password = remote.login.password.reveal();
  const basic = authorizationOf(remote.login)?.slice('Basic '.length) ?? '';
  const list = [password, encodeURIComponent(password), basic, Buffer.from(password).toString('base64')];
  return list.filter((secret) => secret.length > 0);
}
