import { HoldfastError } from '../../kernel/errors.ts';

/** Absolute paths of what ssh needs; null: ssh's own defaults (agent, ~/.ssh/known_hosts). */
export interface SshFiles {
  readonly keyFile: string | null;
  readonly knownHostsFile: string | null;
}

/**
 * `GIT_SSH_COMMAND`: never asks, never learns a new host, offers only the given key, reads no configuration that could run
 * a command. git hands the text to a shell, so paths are checked and quoted. Throws `invalid` for a path that cannot be.
 */
export function buildSshCommand(files: SshFiles): string {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'UpdateHostKeys=no',
    'ConnectTimeout=15',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=3',
    'ForwardAgent=no',
    'ForwardX11=no',
    'PermitLocalCommand=no',
    'ControlMaster=no',
    'ControlPath=none',
  ];
  if (files.keyFile) options.push('IdentitiesOnly=yes', 'IdentityAgent=none');
  if (files.knownHostsFile) {
    options.push(`UserKnownHostsFile=${quotePath(files.knownHostsFile)}`, 'GlobalKnownHostsFile=/dev/null');
  }
  const parts = ['ssh', '-F', '/dev/null', ...options.flatMap((option) => ['-o', quoteWord(option)])];
  if (files.keyFile) parts.push('-i', quoteWord(checkPath(files.keyFile)));
  return parts.join(' ');
}

/** ssh splits option values at blanks; double quotes keep them whole. */
function quotePath(path: string): string {
  return `"${checkPath(path)}"`;
}

function checkPath(path: string): string {
  // No quote, backslash, `$`, `%` (ssh's tokens) or control character can be meant literally in all three readers.
  if (/^\/[\p{L}\p{N} ._/@+,:=~-]*$/u.test(path)) return path;
  throw new HoldfastError('invalid', `the path ${JSON.stringify(path)} cannot be handed to ssh`, {
    treatment: { kind: 'human', wayOut: 'use an absolute path of letters, digits, blanks and ._/@+,:=~-' },
  });
}

function quoteWord(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
