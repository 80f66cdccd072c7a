import { z } from 'zod';
import { duration, flag, oneOf, secretText, text } from './fields.ts';
import { branchName, entryName, repositoryUrl, stackPrefix } from './server-fields.ts';

function wrongKey(value: string): string | null {
  if (!value.includes('PRIVATE KEY')) return 'must be a private key: write {file: /path/of/the/key}';
  if (!hasPassphrase(value)) return null;
  return 'must be a key without a passphrase, nobody is there to type it: take it off (ssh-keygen -p), or make one for Holdfast alone';
}

/** PEM says so in words; OpenSSH's own format names the cipher after its magic, `none` where there is none. */
function hasPassphrase(key: string): boolean {
  if (/ENCRYPTED/.test(key)) return true;
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(key)?.[1];
  const start = Buffer.from(body ?? '', 'base64')
    .subarray(0, 40)
    .toString('latin1');
  return start.startsWith('openssh-key-v1\0') && !start.startsWith('\0\0\0\x04none', 15);
}

/** One entry of server.yaml's `repositories`. */
export const watchedRepositorySchema = z.strictObject({
  name: entryName().describe('Unique.'),
  url: repositoryUrl().describe('https, http or ssh URL, or an absolute path.'),
  branch: branchName().prefault('main'),
  poll_interval: duration('1s', '30d').prefault('30s').describe('Webhooks only make it sooner.'),
  first_sight: oneOf(['plan', 'ignore']).default('plan').describe('What the first head means.'),
  stack_prefix: stackPrefix().prefault('').describe('Before every default stack name of this repository.'),
  webhook: z
    .strictObject({
      provider: oneOf(['github', 'gitlab', 'gitea', 'forgejo', 'generic']),
      secret: secretText('a webhook secret'),
    })
    .optional(),
  credentials: z
    .strictObject({
      username: text().optional(),
      password: secretText('a password or token').optional(),
      ssh_key: secretText('a private key', wrongKey).optional(),
      known_hosts: text('lines of known_hosts', 1_048_576).optional(),
    })
    .optional()
    .describe('username and password, or ssh_key and known_hosts.'),
  allow: z
    .strictObject({
      auto_apply: flag().default(false),
      local_state: flag().default(false),
      engines: z
        .array(oneOf(['terraform', 'opentofu']))
        .min(1)
        .default(['terraform', 'opentofu']),
    })
    .prefault({})
    .describe("What the repository's own file may ask for."),
});
