import { expect, test } from 'vitest';
import { ApplessCommits } from './appless-commits.ts';

function differingIn(...paths: string[]) {
  const compare = async () => paths.map((path) => ({ path, before: null, after: null }));
  return { compare };
}

test('a commit has no apps where its repository had none and nothing that makes one differs', async () => {
  const appless = new ApplessCommits();
  const never = { compare: () => Promise.reject(new Error('not asked')) };
  expect(await appless.follows('infra', 'a', never)).toBe(false);
  appless.remember('infra', 'a');
  expect(await appless.follows('infra', 'a', never)).toBe(true);
  expect(await appless.follows('infra', 'b', differingIn('main.tf', 'app/node_modules/x/cdktf.json'))).toBe(true);
  expect(await appless.follows('infra', 'b', differingIn('main.tf', 'app/cdktf.json'))).toBe(false);
  expect(await appless.follows('infra', 'b', differingIn('holdfast.yaml'))).toBe(false);
  expect(await appless.follows('other', 'b', differingIn())).toBe(false);
});

test('where the last head is gone, the commit is looked at', async () => {
  const appless = new ApplessCommits();
  appless.remember('infra', 'a');
  expect(await appless.follows('infra', 'b', { compare: () => Promise.reject(new Error('gone')) })).toBe(false);
});
