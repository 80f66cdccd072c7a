import { expect, test } from 'vitest';
import { idOfUrl } from './imported-repository.ts';

test.each([
  ['git@github.com:acme/infra.git', 'github.com/acme/infra'],
  ['https://user:secret@git.example.com:8443/a/b.git', 'git.example.com/a/b'],
  ['ssh://git@git.example.com:2222/group/sub/infra/', 'git.example.com/group/sub/infra'],
  ['/srv/git/infra.git', null],
])('%s is called %s, without user, password and port', (url, id) => {
  expect(idOfUrl(url)).toBe(id);
});
