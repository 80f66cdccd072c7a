import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planSteps } from '../../workers/plan-steps.ts';
import { HELLO, PlanHarness, subcommands } from '../support/plan-harness.ts';
import { type StateServer, startStateServer } from '../support/plan-state-server.ts';

const BACKEND = 'terraform {\n  backend "http" {}\n}\n';
const ONE = 'resource "terraform_data" "a" {}\n';
const dataRoot = (harness: PlanHarness) => {
  const [key = ''] = readdirSync(join(harness.root, 'data'));
  return join(harness.root, 'data', key);
};

describe('init in the steps of a plan', { timeout: 60_000 }, () => {
  let harness: PlanHarness;
  let server: StateServer;

  beforeEach(async () => {
    harness = new PlanHarness();
    server = await startStateServer('st4te-token');
  });
  afterEach(async () => {
    harness.close();
    await server.close();
  });

  const plan = (files: Record<string, string>, more = {}, context = {}) =>
    harness.plan(harness.commit(files), { backend: 'own', state_url: server.url, ...more }, context);

  it('runs once per fingerprint, and the next plan uses the new token', async () => {
    const first = await plan({ 'main.tf': BACKEND + ONE });
    expect(subcommands(first.calls)).toEqual(['init', 'plan']);
    const other = await startStateServer('an0ther-token');
    const second = await plan({ 'main.tf': `${BACKEND}${ONE}# more\n` }, { state_url: other.url });
    expect(subcommands(second.calls)).toEqual(['plan']);
    expect(second.outcome.notes).toContain('init: skipped');
    expect(other.requests).toEqual(['GET /state']);
    await other.close();
    const third = await plan({ 'main.tf': BACKEND + ONE }, { init_key: 'k2' });
    expect(subcommands(third.calls)).toEqual(['init', 'plan']);
    await plan({ 'main.tf': BACKEND + ONE }, { init_key: 'k3' });
    expect(readdirSync(dataRoot(harness))).toHaveLength(2);
    const kept = await plan({ 'main.tf': BACKEND + ONE }, { init_key: 'k2' });
    expect(subcommands(kept.calls)).toEqual(['plan']);
  });

  it('keeps the lock file that init wrote for the runs that skip it', async () => {
    const lock = 'provider "registry.terraform.io/hashicorp/null" {\n  version = "3.2.3"\n}\n';
    const first = await plan({ 'main.tf': BACKEND + ONE });
    writeFileSync(join(first.context.paths.dataDir ?? '', 'holdfast.lock.hcl'), lock);
    const second = await plan({ 'main.tf': BACKEND + ONE });
    expect(readFileSync(join(second.context.paths.stackDir, '.terraform.lock.hcl'), 'utf8')).toBe(lock);
    expect(second.context.facts.env?.GOGC).toBeUndefined();
    expect(first.context.facts.env?.GOGC).toBe('400');
  });

  it('is done once more where the engine asks for it, and only then', async () => {
    await plan({ 'main.tf': BACKEND + ONE });
    const module = 'module "m" {\n  source = "./m"\n}\n';
    const { outcome, calls } = await plan({ 'main.tf': BACKEND + module, 'm/main.tf': ONE });
    expect(subcommands(calls)).toEqual(['plan', 'init', 'plan']);
    expect(outcome).toMatchObject({
      result: 'planned',
      projection: { changes: [{ address: 'module.m.terraform_data.a' }] },
    });
    const broken = await plan({ 'main.tf': `${BACKEND}${module.replaceAll('"m"', '"n"')}`, 'm/main.tf': 'wrong\n' });
    expect(subcommands(broken.calls)).toEqual(['plan', 'init']);
    expect(broken.outcome.diagnostics[0]).toMatchObject({ file: 'm/main.tf', line: 1 });
    const after = await plan({ 'main.tf': BACKEND + ONE });
    expect(subcommands(after.calls)).toEqual(['init', 'plan']);
  });

  it('is not believed when it was cut short', async () => {
    const first = await plan({ 'main.tf': BACKEND + ONE });
    rmSync(join(first.context.paths.dataDir ?? '', 'holdfast-init.json'));
    expect(subcommands((await plan({ 'main.tf': BACKEND + ONE })).calls)).toEqual(['init', 'plan']);
  });

  it('is repeated for remote modules that may have moved', async () => {
    const first = await plan({ 'main.tf': BACKEND + ONE });
    const dataDir = first.context.paths.dataDir ?? '';
    mkdirSync(join(dataDir, 'modules'), { recursive: true });
    const modules = { Modules: [{ Key: 'm', Source: 'git::https://example.com/m.git?ref=main', Dir: 'x' }] };
    writeFileSync(join(dataDir, 'modules', 'modules.json'), JSON.stringify(modules));
    expect(subcommands((await plan({ 'main.tf': BACKEND + ONE })).calls)).toEqual(['plan']);
    const marker = join(dataDir, 'holdfast-init.json');
    writeFileSync(marker, JSON.stringify({ ...JSON.parse(readFileSync(marker, 'utf8')), at: 0 }));
    expect(subcommands((await plan({ 'main.tf': BACKEND + ONE })).calls)).toEqual(['init', 'plan']);
  });

  it.each([
    ['no path', 'default', '', /with no `path` would keep the state in the working copy/],
    ['a relative path', 'default', 'path = "../x.tfstate"', /`path = "\.\.\/x\.tfstate"`/],
    ['no folder for workspaces', 'staging', 'path = "/srv/x.tfstate"', /no `workspace_dir`/],
  ])(
    'refuses a local backend with %s: the state would go away with the working copy',
    async (_, workspace, line, why) => {
      const files = { 'main.tf': `terraform {\n  backend "local" {\n    ${line}\n  }\n}\n${ONE}` };
      await expect(plan(files, { backend: 'foreign', state_url: null, workspace })).rejects.toThrow(why);
    },
  );

  it('forgets a workspace that somebody selected since', async () => {
    const aside = join(harness.root, 'aside');
    const files = {
      'main.tf': `terraform {\n  backend "local" {\n    path = "${aside}/state"\n    workspace_dir = "${aside}"\n  }\n}\nresource "terraform_data" "a" {\n  input = terraform.workspace\n}\n`,
    };
    const first = await plan(files, { backend: 'foreign', state_url: null });
    writeFileSync(join(first.context.paths.dataDir ?? '', 'environment'), 'evil');
    const second = await plan(files, { backend: 'foreign', state_url: null });
    expect(second.outcome.projection?.changes[0]?.attributes).toContainEqual({
      path: 'input',
      before: null,
      after: 'default',
    });
    expect(existsSync(join(second.context.paths.dataDir ?? '', 'environment'))).toBe(false);
    const other = await plan(files, { backend: 'foreign', state_url: null, workspace: 'staging' });
    expect(other.outcome.projection?.changes[0]?.attributes).toContainEqual({
      path: 'input',
      before: null,
      after: 'staging',
    });
    expect(other.outcome.plan_state).toBeNull();
  });

  it.each([
    ['local', () => 'terraform {\n  backend "local" {}\n}\n', /the engine would use the backend `local`/],
    [
      'http with an address',
      () => `terraform {\n  backend "http" {\n    address = "${server.url}"\n  }\n}\n`,
      /an http backend with a `address` of its own/,
    ],
  ])('refuses to plan where an override file makes the own backend %s', async (_name, override, message) => {
    await expect(plan({ 'main.tf': BACKEND + ONE, 'x_override.tf': override() })).rejects.toThrow(message);
    expect(subcommands(harness.calls)).not.toContain('plan');
  });

  it('refuses an override file that would be read after ours', async () => {
    const files = { 'main.tf': ONE, 'zzz_override.tf': 'terraform {\n  backend "local" {}\n}\n' };
    await expect(plan(files, { backend: 'override' })).rejects.toThrow(/`zzz_override.tf` would be read after/);
    const earlier = await plan({ 'main.tf': ONE, 'a_override.tf': files['zzz_override.tf'] }, { backend: 'override' });
    expect(earlier.outcome.result).toBe('planned');
  });

  it('is never followed by a plan when it failed', async () => {
    const needs = 'terraform {\n  required_providers {\n    null = {\n      source = "hashicorp/null"\n    }\n  }\n}\n';
    const mirror = join(harness.folder, 'mirror');
    mkdirSync(mirror);
    const { outcome, calls } = await plan(
      {
        'main.tf': BACKEND + ONE,
        'p.tf': needs,
        'terraform.d/plugins/registry.terraform.io/hashicorp/null/1.0.0/linux_amd64/terraform-provider-null_v1.0.0':
          '#!/bin/sh\n',
      },
      {},
      { hello: { ...HELLO, providers_mirror: mirror } },
    );
    expect(outcome).toMatchObject({ result: 'failed', exit_code: 1, error: null });
    expect(outcome.diagnostics[0]?.detail).toMatch(/hashicorp\/null/);
    expect(subcommands(calls)).toEqual(['init']);
  });

  it('is found again by an adopted run, whose files are left alone', async () => {
    const commit = harness.commit({ 'main.tf': BACKEND + ONE });
    const assignment = harness.assignment(commit, { backend: 'own', state_url: server.url });
    const first = harness.context(assignment);
    for (const step of planSteps) await step.run(first);
    const marker = join(first.paths.work, 'made-by-the-plan');
    writeFileSync(marker, '');
    const tools = join(first.paths.dataDir ?? '', 'holdfast-init.json');
    utimesSync(tools, 1, 1);
    const again = harness.context(assignment, { sources: { fetch: () => Promise.reject(new Error('not asked')) } });
    for (const step of planSteps) await step.run(again);
    expect(existsSync(marker)).toBe(true);
    expect(again.facts.outcome).toMatchObject({ result: 'planned', exit_code: 2 });
  });
});
