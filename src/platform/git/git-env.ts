import { authorizationOf, type GitRemote } from './git-remote.ts';

/** Where git is and what it may know of this machine. */
export interface GitTool {
  /** `git`, or an absolute path. */
  readonly binary: string;
  /** The process's environment; only `PASSED_ON` is taken from it. */
  readonly hostEnv: Readonly<Record<string, string | undefined>>;
  /** Private folder (0700) that serves as HOME and holds key files. */
  readonly home: string;
}

/** What git and curl need to reach a host, and nothing else of the environment Holdfast was started with. */
const PASSED_ON = [
  'PATH',
  'TMPDIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
] as const;

/** Holds for every command: nothing of the machine's or a stranger's configuration makes git run something. */
const ALWAYS: Readonly<Record<string, string>> = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': '',
  'core.symlinks': 'false',
  'core.attributesFile': '/dev/null',
  'submodule.recurse': 'false',
  'fetch.recurseSubmodules': 'false',
  'protocol.version': '2',
  'gc.auto': '0',
  // One synced pack per push instead of many loose objects: a power cut leaves no ref without its commit.
  'fetch.unpackLimit': '1',
  'core.fsync': 'committed,-loose-object,reference',
  'maintenance.auto': 'false',
  // What `git clone` under umask 022 would write; git archive's own default is 002.
  'tar.umask': '0022',
  'safe.directory': '*',
};

/** Holds for every command that talks to a remote. */
const REMOTE: Readonly<Record<string, string>> = {
  'fetch.fsckObjects': 'true',
  // Harmless defects of old histories that every forge lets through.
  'fetch.fsck.badTimezone': 'ignore',
  'fetch.fsck.missingSpaceBeforeDate': 'ignore',
  'fetch.fsck.zeroPaddedFilemode': 'ignore',
  'transfer.credentialsInUrl': 'die',
  'credential.helper': '',
  'core.askPass': '',
  // git can only follow all redirects or none; ours to the same host are resolved by `http-refs.ts` beforehand.
  'http.followRedirects': 'false',
  'http.lowSpeedLimit': '100',
  'http.lowSpeedTime': '60',
};

export interface GitEnvOptions {
  /** The remote this command talks to; null for commands on local objects, which may talk to nobody. */
  readonly remote: GitRemote | null;
  /** From `buildSshCommand`; for ssh remotes. */
  readonly sshCommand?: string | null;
  /** A file of ours for `GIT_CONFIG_GLOBAL`; default /dev/null. */
  readonly globalConfig?: string | null;
}

/**
 * The whole environment of a git process, built from scratch. The password travels as a header in `GIT_CONFIG_VALUE_n`:
 * not in argv or the URL (which every user can see in `ps`), on no disk, without a shell helper, and only in the processes
 * of a command that talks to this remote. It cannot leak to another host, because redirects are refused.
 */
export function buildGitEnv(tool: GitTool, options: GitEnvOptions): Record<string, string> {
  const { remote } = options;
  const env: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = tool.hostEnv[name];
    if (value !== undefined) env[name] = value;
  }
  Object.assign(env, {
    HOME: tool.home,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_GLOBAL: options.globalConfig ?? '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    // An empty list allows no protocol at all.
    GIT_ALLOW_PROTOCOL: remote ? protocolOf(remote) : '',
  });
  const caFile = tool.hostEnv.GIT_SSL_CAINFO ?? tool.hostEnv.SSL_CERT_FILE;
  if (remote?.kind === 'http' && caFile) env.GIT_SSL_CAINFO = caFile;
  if (remote?.kind === 'ssh') {
    env.GIT_SSH_VARIANT = 'ssh';
    env.GIT_SSH_COMMAND = options.sshCommand ?? '/bin/false';
    const agent = tool.hostEnv.SSH_AUTH_SOCK;
    if (!remote.credentials && agent) env.SSH_AUTH_SOCK = agent;
  }
  return { ...env, ...configEnv(remote) };
}

function protocolOf(remote: GitRemote): string {
  return remote.kind === 'http' ? remote.protocol : remote.kind;
}

/** `-c key=value` by environment: in argv the values would be for all to see. */
function configEnv(remote: GitRemote | null): Record<string, string> {
  const pairs = Object.entries(remote ? { ...ALWAYS, ...REMOTE } : ALWAYS);
  const authorization = remote?.kind === 'http' ? authorizationOf(remote.login) : null;
  if (authorization) pairs.push(['http.extraHeader', `Authorization: ${authorization}`]);
  const env: Record<string, string> = { GIT_CONFIG_COUNT: String(pairs.length) };
  pairs.forEach(([key, value], index) => {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  return env;
}
