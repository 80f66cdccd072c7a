import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBinary } from '../support/find-binary.ts';
import { HELLO, PlanHarness } from '../support/plan-harness.ts';
import { type StateServer, startStateServer } from '../support/plan-state-server.ts';

const terraform = findBinary('terraform');
const tofu = findBinary('tofu');
const needs = (binary: string | null, name: string) => (binary ? '' : ` (skipped: ${name} is not on PATH)`);

const BACKEND = 'terraform {\n  backend "http" {}\n}\n';
const STACK = `${BACKEND}resource "terraform_data" "a" {\n  input = "x"\n}\n`;

describe(`engines side by side${needs(terraform, 'terraform')}`, { timeout: 120_000 }, () => {
  let harness: PlanHarness;
  let server: StateServer;
  let dir: string;

  beforeEach(async () => {
    harness = new PlanHarness();
    server = await startStateServer('tok');
    dir = join(harness.folder, 'engines');
  });
  afterEach(async () => {
    harness.close();
    await server.close();
  });

  /** A version folder whose binary says that it is that version, and is the real one in all else. */
  function offer(version: string, binary: string, real: string): void {
    mkdirSync(join(dir, version), { recursive: true });
    const answer = JSON.stringify({ terraform_version: version });
    const script = `#!/bin/sh\n[ "$1" = version ] && { echo '${answer}'; exit 0; }\nexec ${real} "$@"\n`;
    writeFileSync(join(dir, version, binary), script, { mode: 0o755 });
  }

  const plan = (engine: { name?: 'terraform' | 'opentofu'; version?: string | null; required?: string[] }, more = {}) =>
    harness.plan(
      harness.commit({ 'main.tf': STACK }),
      {
        backend: 'own',
        state_url: server.url,
        engine: { name: 'terraform', version: null, required: [], ...engine },
        ...more,
      },
      { hello: { ...HELLO, engines_dir: dir } },
    );

  it.skipIf(!terraform)(
    'takes the version that is asked for, else the newest that fits, else the one on PATH',
    async () => {
      for (const version of ['1.9.8', '1.10.5', '1.10.0', '1.11.99']) offer(version, 'terraform', terraform ?? '');
      mkdirSync(join(dir, 'not-a-version'));
      const chosen = async (engine: object) => (await plan(engine)).context.facts.engine;
      expect(await chosen({ version: '1.9.8' })).toMatchObject({ binary: join(dir, '1.9.8', 'terraform') });
      expect(await chosen({ required: ['~> 1.10.0'] })).toMatchObject({ version: '1.10.5' });
      expect(await chosen({ required: ['~> 1.9', '!= 1.11.99'] })).toMatchObject({ version: '1.10.5' });
      expect(await chosen({})).toMatchObject({ binary: terraform });
    },
  );

  it.skipIf(!terraform)('says which version would be needed, what is there, and where to put it', async () => {
    offer('1.9.8', 'terraform', terraform ?? '');
    await expect(plan({ version: '1.4.6' })).rejects.toThrow(
      new RegExp(
        `^stack \`net\` needs terraform 1\\.4\\.6; this worker has .* and 1\\.9\\.8 in ${dir}: put it at ${dir}/1\\.4\\.6/terraform, or install it on the worker's PATH$`,
      ),
    );
    offer('1.4.6', 'terraform', '/nowhere');
    writeFileSync(join(dir, '1.4.6', 'terraform'), `#!/bin/sh\necho '{"terraform_version":"1.4.5"}'\n`);
    await expect(plan({ version: '1.4.6' })).rejects.toThrow('1.4.6/terraform is terraform 1.4.5: put terraform 1.4.6');
    expect(harness.calls.filter(({ args }) => args[0] !== 'version')).toEqual([]);
  });

  it.skipIf(!terraform)('a state that a newer engine wrote is named before the plan, which goes on', async () => {
    const { outcome } = await plan({}, { state_version: '99.1.0' });
    expect(outcome).toMatchObject({ result: 'planned', exit_code: 2 });
    expect(outcome.warning).toMatch(/last written by version 99\.1\.0, which is newer than terraform \d/);
    expect(harness.said.join('\n')).toContain('Warning: the state of stack `net` was last written by version 99.1.0');
    const { outcome: same } = await plan({}, { state_version: '1.0.0' });
    expect(same.warning).toBeUndefined();
  });

  it.skipIf(!terraform || !tofu)(
    `both engines plan side by side, each in its own data directory${needs(tofu, 'tofu')}`,
    async () => {
      for (const [version, binary, real] of [
        ['1.11.4', 'terraform', terraform],
        ['1.12.6', 'tofu', tofu],
      ] as const) {
        mkdirSync(join(dir, version), { recursive: true });
        symlinkSync(real ?? '', join(dir, version, binary));
      }
      const one = await plan({ version: '1.11.4' });
      const other = await plan({ name: 'opentofu', version: '1.12.6' });
      expect(one.outcome).toMatchObject({ result: 'planned', exit_code: 2, engine_version: '1.11.4' });
      expect(other.outcome).toMatchObject({ result: 'planned', exit_code: 2, engine_version: '1.12.6' });
      expect(one.context.paths.dataDir).not.toBe(other.context.paths.dataDir);
    },
  );

  it.skipIf(!tofu)(
    `\`required_version\` binds tofu, which itself ignores it in *.tf${needs(tofu, 'tofu')}`,
    async () => {
      const required = '~> 1.5.0';
      const text = STACK.replace('backend', `required_version = "${required}"\n  backend`);
      const hello = { ...HELLO, engines_dir: dir };
      const own = { backend: 'own' as const, state_url: server.url };
      const lax = { ...own, engine: { name: 'opentofu' as const, version: null, required: [] } };
      const commit = harness.commit({ 'main.tf': text });
      expect((await harness.plan(commit, lax, { hello })).outcome.result).toBe('planned');
      const strict = { ...own, engine: { name: 'opentofu' as const, version: null, required: [required] } };
      await expect(harness.plan(commit, strict, { hello })).rejects.toThrow('needs opentofu `~> 1.5.0`');
      offer('1.5.9', 'tofu', tofu ?? '');
      const { context } = await harness.plan(commit, strict, { hello });
      expect(context.facts.engine).toMatchObject({ version: '1.5.9', binary: join(dir, '1.5.9', 'tofu') });
    },
  );
});
