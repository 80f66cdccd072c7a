import { expect, test } from 'vitest';
import { classifyGitFailure, gitError, scrubGitText } from './git-failure.ts';

test.each([
  ["fatal: could not read Username for 'https://h': terminal prompts disabled", 'denied'],
  ["fatal: Authentication failed for 'https://h/r/'", 'denied'],
  ['git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.', 'denied'],
  ['Host key verification failed.\nfatal: Could not read from remote repository.', 'host_key'],
  ['@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.', 'host_changed'],
  ['fatal: unable to access: The requested URL returned error: 403', 'denied'],
  ["fatal: repository 'https://h/r/' not found", 'not_found'],
  [
    "fatal: '/srv/r' does not appear to be a git repository\nfatal: Could not read from remote repository.",
    'not_found',
  ],
  ["fatal: unable to access 'https://h/': Could not resolve host: h", 'away'],
  ["fatal: unable to access 'https://h/': The requested URL returned error: 502", 'away'],
  ['fatal: early EOF\nfatal: fetch-pack: invalid index-pack output', 'away'],
  ['ssh: connect to host h port 22: Connection refused', 'away'],
  ['fatal: unable to update url base from redirection:\n  asked for: x\n   redirect: y', 'redirect'],
  ["error: cannot lock ref 'refs/heads/x': Unable to create '/m/refs/heads/x.lock': File exists.", 'locked'],
  ['error: object 1234: hasDotgit: contains .git\nfatal: fsck error in packed object', 'bad_objects'],
  ['fatal: write error: No space left on device', 'disk'],
  ['error: object file objects/aa/bb is empty', 'corrupt'],
  ['something else', 'unknown'],
])('%j is %s', (text, kind) => {
  expect(classifyGitFailure(text)).toBe(kind);
});

test('a text of git loses userinfo, secrets, control characters, progress and length', () => {
  const text = "warning: x\nremote: Counting objects: 1\rfatal: https://u:p@h/r said s3cret \x1b[31m'ssh://a:b@c/'\n";
  expect(scrubGitText(text, ['s3cret'])).toBe("fatal: https://h/r said (hidden)  [31m'ssh://c/'");
  expect(scrubGitText('x'.repeat(10_000), []).length).toBe(500);
});

test('a host key that changed is no reason to take the new one, and its banner is left out', () => {
  const banner =
    '@@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@@@@\nSomeone could be eavesdropping';
  const error = gitError('host_changed', 'ssh://h/r', scrubGitText(banner, []));
  expect(error.message).toMatch(/another host key than known_hosts has.*only then.*\(git: Someone could be/);
  expect(error.code).toBe('forbidden');
});

test('what a person must mend says how, what passes is tried again', () => {
  expect(gitError('denied', 'https://h/r', '')).toMatchObject({ code: 'forbidden', treatment: { kind: 'human' } });
  expect(gitError('away', 'https://h/r', 'x').message).toBe('https://h/r does not answer (git: x)');
  expect(gitError('locked', '/m', '')).toMatchObject({ code: 'away', treatment: { kind: 'retry' } });
});
