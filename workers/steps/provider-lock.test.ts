import { describe, expect, it } from 'vitest';
import {
  changedLockText,
  enginePlatform,
  lockCommand,
  lockedProviders,
  missingLockText,
  refusedLockText,
} from './provider-lock.ts';

const place = { engine: 'terraform', dir: 'net', mirror: null, platform: 'linux_amd64' } as const;
const block = (name: string, version: string, hashes: readonly string[] = ['h1:aaa=']) =>
  `provider "registry.terraform.io/hashicorp/${name}" {\n  version     = "${version}"\n  constraints = "~> 1.0"\n  hashes = [\n${hashes.map((h) => `    "${h}",\n`).join('')}  ]\n}\n`;

describe('a dependency lock file', () => {
  it('is read block by block', () => {
    const text = `# made by terraform\n\n${block('null', '1.0.0')}\n${block('time', '0.14.2', [])}`;
    expect([...lockedProviders(text)]).toEqual([
      ['registry.terraform.io/hashicorp/null', { version: '1.0.0', hasHashes: true }],
      ['registry.terraform.io/hashicorp/time', { version: '0.14.2', hasHashes: false }],
    ]);
    expect(lockedProviders('').size).toBe(0);
  });

  it('that init only completed, or shortened, is as good as before', () => {
    const before = block('null', '1.0.0', ['zh:abc']);
    expect(changedLockText(before, block('null', '1.0.0', ['h1:x=', 'zh:abc']), place)).toBeNull();
    expect(changedLockText(before + block('time', '0.1.0'), before, place)).toBeNull();
  });

  it.each([
    ['a provider is not listed', '', block('time', '0.14.2'), 'does not list registry.terraform.io/hashicorp/time'],
    [
      'another version',
      block('null', '1.0.0'),
      block('null', '2.0.0'),
      'locks registry.terraform.io/hashicorp/null 1.0.0',
    ],
    ['no checksums', block('null', '1.0.0', []), block('null', '1.0.0'), 'has no checksums for'],
  ])('that init had to change: %s', (_name, before, after, said) => {
    const text = changedLockText(`# lock\n${before}`, after, place);
    expect(text).toContain(said);
    expect(text).toContain('type `terraform -chdir=net providers lock -platform=linux_amd64` and commit the file');
  });

  it('that is not there is said with what was chosen; nothing is said where all is built in', () => {
    expect(missingLockText(block('null', '1.0.0'), { ...place, dir: '.', engine: 'opentofu' })).toBe(
      'there is no `.terraform.lock.hcl`: this plan and its apply use registry.terraform.io/hashicorp/null 1.0.0, the next plan may choose others; type `tofu providers lock -platform=linux_amd64` and commit the file',
    );
    expect(missingLockText('# empty\n', place)).toBeNull();
  });

  it('only errors about the lock file are explained', () => {
    const error = { severity: 'error', summary: 'x', detail: 'y', file: null, line: null, address: null } as const;
    expect(refusedLockText([error], place)).toBeNull();
  });
});

it('quotes what a shell would read otherwise', () => {
  expect(lockCommand({ ...place, dir: "it's here", mirror: '/srv/my mirror' })).toBe(
    "terraform -chdir='it'\\''s here' providers lock -platform=linux_amd64 -fs-mirror='/srv/my mirror'",
  );
});

it("writes platforms in Go's words", () => {
  expect(enginePlatform('linux', 'x64')).toBe('linux_amd64');
  expect(enginePlatform('linux', 'arm64')).toBe('linux_arm64');
});
