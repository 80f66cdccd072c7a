import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogRenderer } from '../../workers/plan/log-renderer.ts';
import { HELLO, PlanHarness, type Planned } from '../support/plan-harness.ts';

const PASSWORD = 'c4nary-p@ss "word"';
/** A stack with a state of its own aside, so that no server is needed. */
const LOCAL = `terraform {\n  backend "local" {\n    path = "${join(tmpdir(), `hf-secrets-${process.pid}.tfstate`)}"\n  }\n}\n`;

describe('what a plan may see and say', { timeout: 60_000 }, () => {
  let harness: PlanHarness;

  beforeEach(() => {
    harness = new PlanHarness();
  });
  afterEach(() => harness.close());

  const plan = (files: Record<string, string>, more = {}, context = {}) =>
    harness.plan(harness.commit(files), { backend: 'foreign', state_url: null, ...more }, context);

  function log({ context }: Planned): string {
    const renderer = createLogRenderer({ mask: context.facts.mask ?? String });
    return renderer.push(readFileSync(join(context.paths.runDir, 'plan', 'out'))) + renderer.end();
  }

  it('hides what the configuration calls sensitive, and what it made of a known secret', async () => {
    const config = `${LOCAL}
variable "password" {
  sensitive = true
}
variable "plain" {
}
resource "terraform_data" "a" {
  input = { user = "u", password = var.password, encoded = base64encode("x\${var.plain}"), json = jsonencode([var.plain]) }
}
output "o" {
  value     = var.password
  sensitive = true
}
check "c" {
  assert {
    condition     = var.plain == terraform_data.a.id
    error_message = "it is \${var.plain}"
  }
}
`;
    const environment = [
      { phase: 'all' as const, pass: [], values: { TF_VAR_password: PASSWORD, TF_VAR_plain: PASSWORD } },
    ];
    const planned = await plan({ 'main.tf': config }, { environment });
    expect(planned.outcome.projection?.changes[0]?.attributes).toEqual(
      expect.arrayContaining([
        { path: 'input.user', before: null, after: 'u' },
        { path: 'input.password', before: null, after: '(sensitive)' },
        { path: 'input.json', before: null, after: '["(sensitive)"]' },
      ]),
    );
    expect(planned.outcome.projection?.outputs).toEqual([{ path: 'o', before: null, after: '(sensitive)' }]);
    const said = JSON.stringify(planned.outcome) + log(planned);
    expect(said).not.toMatch(/c4nary|p@ss|YzRuYXJ5|M0bmFyeS1/);
  });

  it('gives the engine what server.yaml says for its phase, and nothing else of the worker', async () => {
    const environment = [
      { phase: 'all' as const, pass: ['AWS_*', 'HTTPS_PROXY'], values: { TF_VAR_who: 'first' } },
      { phase: 'plan' as const, pass: [], values: { TF_VAR_who: 'plan' } },
      { phase: 'init' as const, pass: [], values: { ONLY_INIT: '1' } },
      { phase: 'apply' as const, pass: [], values: { ONLY_APPLY: '1' } },
    ];
    const workerEnv = {
      PATH: process.env.PATH,
      AWS_REGION: 'r',
      AWS_EXTRA: 'e',
      HTTPS_PROXY: 'http://p',
      OTHER_SECRET: 'x',
      HOLDFAST_TOKEN: 't',
    };
    const { calls, context } = await plan(
      { 'main.tf': LOCAL },
      { environment, env: { AWS_REGION: 'of-stack', TF_VAR_x: '1' } },
      { workerEnv },
    );
    const env = calls.find((call) => call.label === 'plan')?.env ?? {};
    const { dataDir, scratch } = context.paths;
    expect(env).toEqual({
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: scratch,
      TMPDIR: scratch,
      GIT_TERMINAL_PROMPT: '0',
      GOGC: '400',
      CHECKPOINT_DISABLE: '1',
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      TF_DATA_DIR: dataDir,
      TF_CLI_CONFIG_FILE: join(scratch, 'cli.tfrc'),
      AWS_REGION: 'of-stack',
      AWS_EXTRA: 'e',
      HTTPS_PROXY: 'http://p',
      TF_VAR_who: 'plan',
      TF_VAR_x: '1',
    });
    expect(calls.find((call) => call.label === 'init')?.env).toMatchObject({ ONLY_INIT: '1', TF_VAR_who: 'first' });
  });

  it('neutralises what providers and provisioners print', async () => {
    const config = `${LOCAL}data "terraform_remote_state" "x" {\n  backend = "local"\n  config = {\n    path = "/nowhere/\\u001b]0;title\\u0007\\u202e"\n  }\n}\n`;
    const planned = await plan({ 'main.tf': config });
    expect(planned.outcome.result).toBe('failed');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(log(planned) + planned.outcome.diagnostics[0]?.detail).not.toMatch(/[\u001b\u0007\u202e]/);
    const stream = execaSync('terraform', ['apply', '-json', '-auto-approve'], {
      cwd: prepared(
        `resource "terraform_data" "p" {\n  provisioner "local-exec" {\n    command = "printf '\\\\033]0;hi\\\\007 \\\\033[31mred\\\\n'"\n  }\n}\n`,
      ),
      env: { PATH: process.env.PATH ?? '', TF_CLI_CONFIG_FILE: '/dev/null' },
      extendEnv: false,
    }).stdout;
    const renderer = createLogRenderer({ mask: (text) => text });
    const text = renderer.push(Buffer.from(stream)) + renderer.end();
    expect(text).toContain('terraform_data.p: (local-exec):  red\n');
    expect(text).toContain('Apply complete! Resources: 1 added');
  });

  function prepared(config: string): string {
    const dir = join(harness.folder, 'aside');
    mkdirSync(dir);
    writeFileSync(join(dir, 'main.tf'), config);
    return dir;
  }

  it('takes variables files that lie in the repository, and no others', async () => {
    const config = `${LOCAL}variable "v" {\n}\noutput "o" {\n  value = var.v\n}\n`;
    const files = { 'net/main.tf': config, 'shared/prod.tfvars': 'v = "shared"\n' };
    const { outcome } = await plan(files, { dir: 'net', var_files: ['../shared/prod.tfvars'] });
    expect(outcome.projection?.outputs).toEqual([{ path: 'o', before: null, after: 'shared' }]);
    for (const file of ['../../x.tfvars', '/etc/passwd', 'missing.tfvars', '', 'a\0b']) {
      await expect(plan(files, { dir: 'net', var_files: [file] })).rejects.toThrow(
        /the variables file .* (leaves the repository|is not there)/,
      );
    }
  });

  it('refuses names that steer the engine, wherever they come from', async () => {
    await expect(plan({ 'main.tf': LOCAL }, { env: { TF_CLI_ARGS_plan: '-destroy' } })).rejects.toThrow(
      /`env` in holdfast.yaml may not set `TF_CLI_ARGS_plan`/,
    );
    const values = { TF_REATTACH_PROVIDERS: '{}' };
    await expect(plan({ 'main.tf': LOCAL }, { environment: [{ phase: 'all', pass: [], values }] })).rejects.toThrow(
      /may not set `TF_REATTACH_PROVIDERS`/,
    );
  });

  it('refuses a workspace where the state is kept by Holdfast', async () => {
    await expect(plan({ 'main.tf': '' }, { backend: 'own', workspace: 'prod' })).rejects.toThrow(
      /workspace `prod` needs a backend that knows workspaces/,
    );
  });

  it.each([
    [
      'show, which is asked where the file cannot be read, says `errored: true`',
      'show',
      'echo \'{"format_version":"1.2","errored":true,"resource_changes":[]}\'',
      /marked as errored/,
    ],
    ['its plan has no summary', 'plan', '"$REAL" "$@" | grep -v change_summary; exit 2', /without a summary/],
    ['it says 0 but has changes', 'plan', '"$REAL" "$@"; exit 0', /exit code 0, but its summary has changes/],
    ['it dies', 'plan', 'kill -9 $$', /killed by signal 9|nobody knows/],
  ])('fails a plan whose engine says it went well when %s', async (_name, subcommand, script, message) => {
    const real = execaSync('sh', ['-c', 'command -v terraform']).stdout;
    const dir = join(harness.folder, 'engines', '1.11.4');
    mkdirSync(dir, { recursive: true });
    const version =
      '[ "$1" = version ] && echo \'{"terraform_version":"1.11.4"}\' && exit 0\n[ "$1" = providers ] && exit 1\n';
    writeFileSync(
      join(dir, 'terraform'),
      `#!/bin/sh\nREAL=${real}\n${version}if [ "$1" = ${subcommand} ]; then ${script}; else exec "$REAL" "$@"; fi\n`,
      { mode: 0o755 },
    );
    const hello = { ...HELLO, engines_dir: join(harness.folder, 'engines') };
    const { outcome } = await plan(
      { 'main.tf': `${LOCAL}resource "terraform_data" "a" {}\n` },
      { engine: { name: 'terraform', version: '1.11.4', required: [] } },
      { hello },
    );
    expect(outcome).toMatchObject({ result: 'failed', projection: null, plan_digest: null });
    expect(outcome.error).toMatch(message);
  });
});
