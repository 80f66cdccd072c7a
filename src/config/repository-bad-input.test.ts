import { expect, test } from 'vitest';
import { diagnoseServer } from './diagnose-server.ts';
import { renderProblem, sortProblems } from './problem.ts';
import { parseYaml } from './yaml-document.ts';

const readFile = (path: string) => ({ wrong: `"${path}" does not exist` });

function diagnose(text: string): string[] {
  const document = parseYaml(Buffer.from(text), 's.yaml');
  const { problems } = diagnoseServer(document, { env: {}, flags: {}, readFile, readOutside: readFile });
  return sortProblems(problems).map(renderProblem);
}

/** How a key of OpenSSH's own format begins, and no more of it. */
const ENCRYPTED = Buffer.from('openssh-key-v1\0\0\0\0\x0aaes256-ctr\0\0\0\x06bcrypt', 'latin1').toString('base64');
const repository = (more: string) => `repositories: [{name: a, url: /srv/a, ${more}}]`;

test.each([
  [
    'repositories: [{name: a}]',
    'repository "a": `url` is missing (s.yaml:1:16): write an https, http or ssh URL, or an absolute path',
  ],
  ['repositories: [{url: /a}]', '`repositories[0].name` is missing (s.yaml:1:16)'],
  [
    'repositories: [{name: a/b, url: /a}]',
    'repository "a/b": `name` must be a name of letters, digits, `.`, `_` and `-`',
  ],
  [
    'repositories: [{name: a, url: ./x}]',
    'repository "a": `url` must be an https, http or ssh URL, or an absolute path, got "./x"',
  ],
  ['repositories: [{name: a, url: ~/x}]', 'write the home directory out'],
  ['repositories: [{name: a, url: --upload-pack=x}]', 'repository "a": `url` must be an https'],
  ['repositories: [{name: a, url: "ext::sh -c x"}]', 'repository "a": `url` must be an https'],
  [
    'repositories: [{name: a, url: "ftp://me:canary@x/y"}]',
    'repository "a": `url` must be an https, http or ssh URL, or an absolute path, got "ftp://***@x/y"',
  ],
  ['repositories: [{name: a, url: "https://me:can/ary@x/y"}]', 'got "https://***@x/y"'],
  ['repositories: [{name: a, url: "me:canary@host:x"}]', 'got "***@host:x"'],
  ['repositories: [{name: a, url: "ftp://x/y?token=canary"}]', 'got "ftp://x/y?token=***"'],
  [
    repository('poll_interval: 500ms'),
    'repository "a": `poll_interval` must be at least 1s, got "500ms" (s.yaml:1:54)',
  ],
  [repository('branch: refs heads'), 'repository "a": `branch` must be the name of a branch'],
  [repository('branch: --upload-pack=x'), 'repository "a": `branch` must be the name of a branch'],
  [
    repository('first_sight: plna'),
    'repository "a": `first_sight` must be one of plan, ignore, got "plna" (s.yaml:1:52): did you mean plan?',
  ],
  [repository('stack_prefix: "../"'), 'repository "a": `stack_prefix` must be a text of letters'],
  [repository('webhook: canary'), 'repository "a": `webhook` must be a map, got (hidden) (s.yaml:1:48)'],
  [
    repository('webhook: {provider: github}'),
    'repository "a": `webhook.secret` is missing (s.yaml:1:48): write a webhook secret',
  ],
  [
    repository('webhook: {provider: github, secret: ""}'),
    'repository "a": `webhook.secret` must not be empty, got (hidden)',
  ],
  [
    repository('credentials: {username: x}'),
    'repository "a": `credentials` has neither `password` nor `ssh_key` (s.yaml:1:52)',
  ],
  [
    repository('credentials: {password: canary, ssh_key: PRIVATE KEY}'),
    'repository "a": `credentials` has both `password` and `ssh_key`',
  ],
  [
    repository('credentials: {ssh_key: canary}'),
    'repository "a": `credentials.ssh_key` must be a private key: write {file: /path/of/the/key}, got (hidden)',
  ],
  [
    repository(
      `credentials: {ssh_key: "-----BEGIN OPENSSH PRIVATE KEY-----${ENCRYPTED}-----END OPENSSH PRIVATE KEY-----"}`,
    ),
    'repository "a": `credentials.ssh_key` must be a key without a passphrase',
  ],
  [
    'repositories: [{name: a, url: "https://x/y", credentials: {ssh_key: PRIVATE KEY, known_hosts: k}}]',
    '`credentials.ssh_key` does not fit a URL that is not ssh',
  ],
  [
    'repositories: [{name: a, url: "git@x:y", credentials: {password: canary}}]',
    '`credentials.password` does not fit an ssh URL',
  ],
  [
    'repositories: [{name: a, url: "git@x:y", credentials: {ssh_key: PRIVATE KEY}}]',
    'warning: repository "a": `credentials.known_hosts` is missing',
  ],
  [
    'repositories: [{name: a, url: "http://x/y", credentials: {password: canary}}]',
    'warning: repository "a": `credentials.password` goes over http in clear',
  ],
  [repository('allow: {engines: []}'), 'repository "a": `allow.engines` must have at least 1 entry, got a list'],
  [
    repository('allow: {engines: [pulumi]}'),
    'repository "a": `allow.engines[0]` must be one of terraform, opentofu, got "pulumi"',
  ],
  [
    'repositories: [{name: a, url: "ssh://git:canary@x/y"}]',
    'repository "a": `url` holds a password, which ssh does not take, got "ssh://***@x/y"',
  ],
])('%s', (text, expected) => {
  const said = diagnose(text).join('\n');
  expect(said).toContain(expected);
  expect(said).not.toContain('canary');
});
