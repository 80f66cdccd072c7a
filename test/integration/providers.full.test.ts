import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBinary } from '../support/find-binary.ts';
import { HELLO, PlanHarness } from '../support/plan-harness.ts';
import { type StateServer, startStateServer } from '../support/plan-state-server.ts';

const MIRROR = process.env.HOLDFAST_TEST_MIRROR ?? null;
const skipped = MIRROR ? '' : ' (skipped: HOLDFAST_TEST_MIRROR names no folder with providers)';
const ENGINES = [
  { name: 'terraform', binary: findBinary('terraform'), host: 'registry.terraform.io' },
  { name: 'opentofu', binary: findBinary('tofu'), host: 'registry.opentofu.org' },
] as const;
const PLATFORM = 'linux_amd64';

const stack = (providers: readonly string[]) =>
  `terraform {\n  backend "http" {}\n  required_providers {\n${providers
    .map((name) => `    ${name} = { source = "hashicorp/${name}" }\n`)
    .join('')}  }\n}\n`;
const NULL_STACK = `${stack(['null'])}resource "null_resource" "a" {}\n`;

for (const { name, binary, host } of ENGINES) {
  const why = binary ? skipped : ` (skipped: the binary of ${name} is not on PATH)`;
  describe.skipIf(!binary || !MIRROR)(`real providers with ${name}${why}`, { timeout: 120_000 }, () => {
    let harness: PlanHarness;
    let server: StateServer;
    beforeEach(async () => {
      harness = new PlanHarness();
      server = await startStateServer('tok');
    });
    afterEach(async () => {
      harness.close();
      await server.close();
    });

    const plan = (files: Record<string, string | { run: string }>, mirror = MIRROR, more = {}) =>
      harness.plan(
        harness.commit(files),
        {
          backend: 'own',
          state_url: server.url,
          engine: { name, version: null, required: [] },
          dir: 'net',
          init_key: JSON.stringify(files),
          ...more,
        },
        { hello: { ...HELLO, providers_mirror: mirror } },
      );

    it('without a lock file: a warning with the versions, and the lock of init is kept for the next plan', async () => {
      const first = await plan({ 'net/main.tf': NULL_STACK });
      expect(first.outcome).toMatchObject({ result: 'planned', exit_code: 2 });
      expect(first.outcome.warning).toContain(
        `there is no \`net/.terraform.lock.hcl\`: this plan and its apply use ${host}/hashicorp/null 1.0.0`,
      );
      const lock = readFileSync(join(first.context.paths.stackDir, '.terraform.lock.hcl'), 'utf8');
      const second = await plan({ 'net/main.tf': NULL_STACK });
      expect(second.outcome.notes).toContain('init: skipped');
      expect(second.outcome.warning).toBe(first.outcome.warning);
      expect(readFileSync(join(second.context.paths.stackDir, '.terraform.lock.hcl'), 'utf8')).toBe(lock);
    });

    it('a lock for another platform, or of another package: the failed plan names the line, and that line helps', async () => {
      const wrong = `provider "${host}/hashicorp/null" {\n  version = "1.0.0"\n  hashes = [\n    "h1:${'A'.repeat(43)}=",\n  ]\n}\n`;
      const { outcome, calls } = await plan({ 'net/main.tf': NULL_STACK, 'net/.terraform.lock.hcl': wrong });
      expect(outcome.result).toBe('failed');
      expect(calls.some(({ args }) => args[0] === 'plan')).toBe(false);
      const line = /type `([^`]+)` and commit/.exec(outcome.error ?? '')?.[1] ?? '';
      expect(line).toBe(
        `${name === 'opentofu' ? 'tofu' : 'terraform'} -chdir=net providers lock -platform=${PLATFORM} -fs-mirror=${MIRROR}`,
      );
      const lock = typed(line, wrong);
      const good = await plan({ 'net/main.tf': NULL_STACK, 'net/.terraform.lock.hcl': lock });
      expect(good.outcome).toMatchObject({ result: 'planned', exit_code: 2 });
      expect(good.outcome.warning).toBeUndefined();
    });

    it('a lock that lacks a provider is not completed in silence; one that lists too much is fine', async () => {
      const lock = typed(`x -chdir=net providers lock -platform=${PLATFORM} -fs-mirror=${MIRROR}`, '');
      const both = `${stack(['null', 'time'])}resource "null_resource" "a" {}\nresource "time_static" "t" {}\n`;
      const { outcome } = await plan({ 'net/main.tf': both, 'net/.terraform.lock.hcl': lock });
      expect(outcome).toMatchObject({ result: 'failed' });
      expect(outcome.error).toContain(`does not list ${host}/hashicorp/time`);
      const again = await plan({ 'net/main.tf': both, 'net/.terraform.lock.hcl': lock });
      expect(again.outcome).toMatchObject({ result: 'failed', error: outcome.error });
      const builtin = `${stack([])}resource "terraform_data" "a" {}\n`;
      const less = await plan({ 'net/main.tf': builtin, 'net/.terraform.lock.hcl': lock });
      expect(less.outcome).toMatchObject({ result: 'planned', exit_code: 2 });
    });

    it('providers that a repository brings along are never started', async () => {
      const mark = join(harness.folder, 'mark');
      const hostile = { run: `#!/bin/sh\necho started >> ${mark}\nexit 1\n` };
      const under = (place: string, version: string) => ({
        [`net/${place}/${host}/hashicorp/null/${version}/${PLATFORM}/terraform-provider-null_v${version}`]: hostile,
        [`net/${place}/${PLATFORM}/terraform-provider-null_v${version}`]: hostile,
      });
      const files = {
        'net/main.tf': NULL_STACK,
        ...under('terraform.d/plugins', '9.9.9'),
        ...under('.terraform/providers', '1.0.0'),
        ...under('.terraform/plugins', '1.0.0'),
        'net/.terraformrc': `provider_installation {\n  dev_overrides { "hashicorp/null" = "." }\n}\n`,
        'net/terraform.tfvars': '',
      };
      const { outcome, context } = await plan(files);
      expect(outcome).toMatchObject({ result: 'planned', exit_code: 2 });
      expect(readFileSync(join(context.paths.stackDir, '.terraform.lock.hcl'), 'utf8')).toContain('"1.0.0"');
      const empty = mkdtempSync(join(harness.folder, 'mirror-'));
      const failed = await plan(files, empty);
      expect(failed.outcome.result).toBe('failed');
      expect(existsSync(mark)).toBe(false);
      // The bait is good: by itself the engine takes it.
      const dir = join(harness.repository, 'net');
      rmSync(join(dir, '.terraform'), { recursive: true });
      writeFileSync(join(dir, 'main.tf'), NULL_STACK.replace('  backend "http" {}\n', ''));
      const env = { PATH: process.env.PATH ?? '', TF_CLI_CONFIG_FILE: '/dev/null', CHECKPOINT_DISABLE: '1', HOME: dir };
      for (const word of ['init', 'plan'])
        execaSync(binary ?? '', [word], { cwd: dir, env, extendEnv: false, reject: false });
      expect(existsSync(mark)).toBe(true);
    });

    /** A mirror of archives with the provider `null`. */
    function packedMirror(): string {
      const packed = mkdtempSync(join(harness.folder, 'packed-'));
      const from = join(MIRROR ?? '', host, 'hashicorp/null/1.0.0', PLATFORM);
      const to = join(packed, host, 'hashicorp/null');
      mkdirSync(to, { recursive: true });
      const zip = join(to, `terraform-provider-null_1.0.0_${PLATFORM}.zip`);
      execaSync('python3', ['-m', 'zipfile', '-c', zip, ...execaSync('find', [from, '-type', 'f']).stdout.split('\n')]);
      return packed;
    }

    it('archives of a mirror are unpacked once for all stacks, by one init at a time', async () => {
      const packed = packedMirror();
      const lock = typed(`x -chdir=net providers lock -platform=${PLATFORM} -fs-mirror=${packed}`, '');
      const bin = mkdtempSync(join(harness.folder, 'bin-'));
      const name_ = name === 'opentofu' ? 'tofu' : 'terraform';
      const alone = `[ "$1" = init ] && { mkdir ${bin}/busy || touch ${bin}/clash; }`;
      const script = `#!/bin/sh\n${alone}\n${binary} "$@"\ncode=$?\n[ "$1" = init ] && rmdir ${bin}/busy\nexit $code\n`;
      writeFileSync(join(bin, name_), script, { mode: 0o755 });
      const files = { 'net/main.tf': NULL_STACK, 'net/.terraform.lock.hcl': lock };
      const commit = harness.commit(files);
      const more = {
        backend: 'own' as const,
        state_url: server.url,
        engine: { name, version: null, required: [] },
        dir: 'net',
      };
      const context = {
        hello: { ...HELLO, providers_mirror: packed },
        workerEnv: { PATH: `${bin}:${process.env.PATH}` },
      };
      const runs = [1, 2, 3, 4].map((n) => harness.plan(commit, { ...more, work_key: `stack${n}` }, context));
      for (const { outcome } of await Promise.all(runs))
        expect(outcome).toMatchObject({ result: 'planned', exit_code: 2 });
      expect(existsSync(join(bin, 'clash'))).toBe(false);
      const provider = join(host, 'hashicorp/null/1.0.0', PLATFORM);
      expect(existsSync(join(harness.root, 'plugins', provider))).toBe(true);
      const [{ context: first }] = (await Promise.all(runs)) as [Awaited<(typeof runs)[0]>];
      expect(realpathSync(join(first.paths.dataDir ?? '', 'providers', provider))).toContain('/plugins/');
    });

    /** What a person gets who types the line in a checkout; answers the lock file. */
    function typed(line: string, lock: string): string {
      const dir = mkdtempSync(join(harness.folder, 'typed-'));
      mkdirSync(join(dir, 'net'));
      writeFileSync(join(dir, 'net/main.tf'), NULL_STACK);
      if (lock !== '') writeFileSync(join(dir, 'net/.terraform.lock.hcl'), lock);
      const env = { PATH: process.env.PATH ?? '', TF_CLI_CONFIG_FILE: '/dev/null', CHECKPOINT_DISABLE: '1', HOME: dir };
      execaSync(binary ?? '', line.split(' ').slice(1), { cwd: dir, env, extendEnv: false });
      const text = readFileSync(join(dir, 'net/.terraform.lock.hcl'), 'utf8');
      rmSync(dir, { recursive: true });
      return text;
    }
  });
}
