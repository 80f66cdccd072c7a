import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { reportChanged } from '../../src/compose/changed.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { makeRepository, makeTempDir, type TestRepository } from '../support/git-repository.ts';

let temp: ReturnType<typeof makeTempDir>;
let repo: TestRepository;
beforeEach(() => {
  temp = makeTempDir('hf-self-');
  repo = makeRepository(join(temp.dir, 'infra'));
});
afterEach(() => temp.remove());

/** Stacks that a change of `modules/net` touches where each calls it by one address, and the checkout came from another. */
async function touched(remote: string, sources: readonly string[]): Promise<string[]> {
  repo.git('remote', 'add', 'origin', remote);
  const calls = sources.map((source, i) => [`s${i}/main.tf`, `module "m" {\n  source = "${source}"\n}\n`]);
  const base = repo.commit({ ...Object.fromEntries(calls), 'modules/net/main.tf': 'locals {}\n' });
  const head = repo.commit({ 'modules/net/main.tf': 'locals {\n  a = 1\n}\n' });
  const { stacks } = await reportChanged({ repo: repo.dir, base, head }, { env: process.env, clock: systemClock });
  return stacks.map(({ name }) => name);
}

it.each([
  'git@git.example.com:acme/infra.git',
  'https://git.example.com/acme/infra',
  'ssh://git@git.example.com:2222/acme/infra.git',
])(
  'a module that is fetched from the repository itself counts, whatever the spelling (checkout of %s)',
  async (remote) => {
    const own = [
      'git::https://git.example.com/acme/infra.git//modules/net',
      'git::https://user:x@git.example.com/acme/infra//modules/net?ref=main',
      'git::ssh://git@git.example.com/acme/infra.git//modules/net?depth=1&ref=feature/x',
      'git@git.example.com:acme/infra.git//modules/net',
      'git::git@git.example.com:acme/infra.git//modules/net?ref=HEAD',
      'https://git.example.com/acme/infra.git//modules/../modules/net',
    ];
    const others = [
      'git::https://git.example.com/acme/infra.git//modules/net?ref=v1.2.0',
      `git::https://git.example.com/acme/infra.git//modules/net?ref=${'a'.repeat(40)}`,
      'git::https://git.example.com/acme/other.git//modules/net',
      'git::https://git.example.org/acme/infra.git//modules/net',
      'git::https://git.example.com/acme/infra.git//modules/network',
      'acme/infra/net',
    ];
    expect(await touched(remote, [...own, ...others])).toEqual(own.map((_, i) => `s${i}`));
  },
);
