import { describe, expect, it } from 'vitest';
import { readSource, repositoryKey } from './module-source.ts';

function read(source: string, ...urls: string[]) {
  const self = new Set(urls.map((url) => repositoryKey(url) ?? 'none'));
  return readSource({ name: 'm', source, version: null, line: 1 }, 's', self);
}

const HTTPS = 'https://git.example.com/acme/infra.git';

describe('a module source', () => {
  it.each([
    'git::https://git.example.com/acme/infra.git//modules/net',
    'git::https://git.example.com/acme/infra//modules/net',
    'git::https://user:word@GIT.example.com:8443/acme/infra.git//modules/net',
    'git::http://git.example.com/Acme/Infra.git//modules/net?ref=main',
    'git::ssh://git@git.example.com/acme/infra.git//modules/net',
    'git::ssh://git@git.example.com:22/acme/infra.git//modules/net?ref=main&depth=1',
    'git::git@git.example.com:acme/infra.git//modules/net',
    'git@git.example.com:acme/infra.git//modules/net?depth=1',
    'git.example.com/acme/infra//modules/net',
    'https://git.example.com/acme/infra.git//modules/net',
    'git::https://git.example.com/acme/infra.git?ref=main//modules/net',
    'git::https://git.example.com/acme%2Finfra.git//modules//net/',
  ])('%s is a directory of the repository', (source) => {
    expect(read(source, HTTPS)).toMatchObject({ kind: 'self', path: 'modules/net', isPinned: false });
    expect(read(source, 'ssh://git@git.example.com/acme/infra')).toMatchObject({ kind: 'self' });
    expect(read(source, 'git@git.example.com:acme/infra.git')).toMatchObject({ kind: 'self' });
  });

  it.each([
    'git::file:///srv/git/infra.git//modules/net',
    'git::/srv/git/infra//modules/net',
    'file:///srv/git/infra.git//modules/net?ref=main',
  ])('%s is one on this disk', (source) => {
    expect(read(source, '/srv/git/infra.git')).toMatchObject({ kind: 'self', path: 'modules/net' });
  });

  it.each([
    ['v1.2.0', true],
    ['net-1.2.0', true],
    ['refs/tags/stable', true],
    ['0123abc', true],
    ['a'.repeat(40), true],
    ['main', false],
    ['release-1.2', false],
    ['feature/net2', false],
  ])('ref %s is pinned: %s', (ref, isPinned) => {
    expect(read(`git::${HTTPS}//m?ref=${ref}`, HTTPS)).toMatchObject({ kind: 'self', ref, isPinned });
  });

  it.each([
    'terraform-aws-modules/vpc/aws',
    'app.terraform.io/acme/vpc/aws',
    'git::https://git.example.com/acme/infra-modules.git//net',
    'git::https://other.example.com/acme/infra.git//net',
    'github.com/acme/infra//net',
    'git::https://git.example.com/acme/infra.git//../up',
    's3::https://s3.example.com/acme/infra.zip',
    '',
  ])('%s is foreign', (source) => {
    expect(read(source, HTTPS)).toEqual({ kind: 'foreign' });
  });

  it('knows directories beside the caller, and those that leave the repository', () => {
    expect(read('../m')).toEqual({ kind: 'local', path: 'm' });
    expect(read('../../m')).toEqual({ kind: 'local', path: null });
  });
});
