import { join } from 'node:path';
import { execaSync } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/kernel/digest.ts';
import { PlanHarness, subcommands } from '../support/plan-harness.ts';
import { type StateServer, startStateServer } from '../support/plan-state-server.ts';

const BACKEND = 'terraform {\n  backend "http" {}\n}\n';
const resource = (name: string, body: string) => `resource "terraform_data" "${name}" {\n${body}\n}\n`;

describe('the steps of a plan with real terraform', { timeout: 60_000 }, () => {
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

  const plan = (files: Record<string, string>, more = {}) =>
    harness.plan(harness.commit(files), { backend: 'own', state_url: server.url, ...more });

  /** Applies a configuration aside and stores its state, as an earlier run would have. */
  function store(files: Record<string, string>): void {
    const commit = harness.commit({ ...files, 'backend_override.tf': 'terraform {\n  backend "local" {}\n}\n' });
    const dir = join(harness.folder, `aside-${commit}`);
    harness.git('clone', '-q', harness.repository, dir);
    const env = { PATH: process.env.PATH ?? '', TF_CLI_CONFIG_FILE: '/dev/null', CHECKPOINT_DISABLE: '1' };
    execaSync('terraform', ['init', '-no-color'], { cwd: dir, env, extendEnv: false });
    execaSync('terraform', ['apply', '-auto-approve', '-no-color'], { cwd: dir, env, extendEnv: false });
    server.state = execaSync('cat', [join(dir, 'terraform.tfstate')]).stdout;
  }

  it('says what a new stack creates, with its attributes and an empty state', async () => {
    const { outcome, calls } = await plan({ 'main.tf': `${BACKEND}${resource('a', 'input = "x"')}` });
    expect(outcome).toMatchObject({
      result: 'planned',
      exit_code: 2,
      error: null,
      diagnostics: [],
      plan_state: { serial: 0, lineage: '' },
      projection: {
        summary: { add: 1, change: 0, destroy: 0, replace: 0, import: 0, move: 0, forget: 0, outputs: 0 },
        changes: [
          {
            address: 'terraform_data.a',
            type: 'terraform_data',
            actions: ['create'],
            attributes: [
              { path: 'input', before: null, after: 'x' },
              { path: 'id', before: null, after: '(known after apply)' },
              { path: 'output', before: null, after: '(known after apply)' },
            ],
          },
        ],
      },
    });
    expect(outcome.plan_digest).toMatch(/^[0-9a-f]{64}$/);
    expect(sha256(Buffer.from(outcome.plan ?? '', 'base64'))).toBe(outcome.plan_digest);
    expect(harness.uploaded).toEqual([]);
    expect(subcommands(calls)).toEqual(['init', 'plan']);
    expect(outcome.notes).toContain('show: skipped');
    expect(server.requests).toEqual(['GET /state', 'GET /state']);
  });

  it('says that nothing changed, without a show and without an upload', async () => {
    const files = { 'main.tf': `${BACKEND}${resource('a', 'input = "x"')}` };
    store(files);
    const { outcome, calls } = await plan(files);
    expect(outcome).toMatchObject({ result: 'planned', exit_code: 0, plan_digest: null, projection: { changes: [] } });
    expect(outcome.plan).toBeUndefined();
    expect(outcome.plan_state?.serial).toBeGreaterThan(0);
    expect(outcome.plan_state?.lineage).toMatch(/^[0-9a-f-]{36}$/);
    expect(subcommands(calls)).toEqual(['init', 'plan']);
    expect(harness.uploaded).toEqual([]);
  });

  it('tells change, replace, destroy, outputs, moved, removed and imported apart', async () => {
    const before = ['same', 'changed', 'replaced', 'gone', 'from', 'forgotten'].map((name) =>
      resource(name, 'input = "1"\n triggers_replace = "1"'),
    );
    store({ 'main.tf': `${BACKEND}${before.join('')}output "o" {\n value = 1\n}\n` });
    const { outcome } = await plan({
      'main.tf': [
        BACKEND,
        resource('same', 'input = "1"\n triggers_replace = "1"'),
        resource('changed', 'input = "2"\n triggers_replace = "1"'),
        resource('replaced', 'input = "1"\n triggers_replace = "2"'),
        resource('to', 'input = "1"\n triggers_replace = "1"'),
        resource('imported', ''),
        'moved {\n from = terraform_data.from\n to = terraform_data.to\n}\n',
        'removed {\n from = terraform_data.forgotten\n lifecycle {\n  destroy = false\n }\n}\n',
        'import {\n to = terraform_data.imported\n id = "an-id"\n}\n',
        'output "o" {\n value = 2\n}\n',
      ].join(''),
    });
    expect(outcome.projection?.summary).toEqual({
      add: 0,
      change: 1,
      destroy: 1,
      replace: 1,
      import: 1,
      move: 1,
      forget: 1,
      outputs: 1,
    });
    const byAddress = Object.fromEntries((outcome.projection?.changes ?? []).map((change) => [change.address, change]));
    expect(byAddress['terraform_data.changed']).toMatchObject({
      actions: ['update'],
      attributes: [
        { path: 'input', before: '1', after: '2' },
        { path: 'output', before: '1', after: '(known after apply)' },
      ],
    });
    expect(byAddress['terraform_data.replaced']).toMatchObject({
      actions: ['replace'],
      reason: 'replace_because_cannot_update',
    });
    expect(byAddress['terraform_data.gone']).toMatchObject({
      actions: ['delete'],
      reason: 'delete_because_no_resource_config',
    });
    expect(byAddress['terraform_data.to']).toMatchObject({
      actions: ['move'],
      previous_address: 'terraform_data.from',
    });
    expect(byAddress['terraform_data.forgotten']).toMatchObject({ actions: ['forget'] });
    expect(byAddress['terraform_data.imported']).toMatchObject({ actions: ['import'] });
    expect(outcome.projection?.outputs).toEqual([{ path: 'o', before: '1', after: '2' }]);
  });

  it('plans changes of outputs alone as changes', async () => {
    const { outcome } = await plan({ 'main.tf': `${BACKEND}output "o" {\n value = "v"\n}\n` });
    expect(outcome).toMatchObject({ exit_code: 2, projection: { summary: { add: 0, outputs: 1 }, changes: [] } });
    expect(outcome.plan_digest).not.toBeNull();
  });

  it('waits for a control plane that is starting', async () => {
    server.starting = 5;
    const { outcome } = await plan({ 'main.tf': BACKEND });
    expect(outcome).toMatchObject({ result: 'planned', exit_code: 0 });
    expect(server.requests).toHaveLength(7);
  });

  it('plans a destroy, and a refresh without a change', async () => {
    const files = { 'main.tf': `${BACKEND}${resource('a', '')}` };
    store(files);
    const destroyed = await plan(files, { kind: 'destroy', destroy: true });
    expect(destroyed.outcome.projection?.summary).toMatchObject({ destroy: 1 });
    const refreshed = await plan(files, { kind: 'refresh' });
    expect(refreshed.outcome).toMatchObject({ exit_code: 0, projection: { summary: { destroy: 0 } } });
  });

  it('finds nothing to save in a refresh of what was never applied, although terraform names its outputs', async () => {
    const output = 'output "o" {\n value = terraform_data.a.id\n}\n';
    const { outcome } = await plan({ 'main.tf': `${BACKEND}${resource('a', '')}${output}` }, { kind: 'refresh' });
    expect(outcome).toMatchObject({ result: 'planned', exit_code: 0, plan_digest: null });
    expect(outcome.projection).toMatchObject({ summary: { outputs: 0 }, outputs: [] });
  });

  it('writes the empty backend beside a stack that has none, and never uploads a speculative plan', async () => {
    const { outcome } = await plan({ 'main.tf': resource('a', '') }, { backend: 'override', speculative: true });
    expect(outcome).toMatchObject({ result: 'planned', plan_digest: null, plan_state: { serial: 0 } });
    expect(server.requests).toHaveLength(2);
  });

  it('names file and line of a syntax error, found by init or by the plan', async () => {
    const files = { 'net/main.tf': resource('a', ''), 'net/broken.tf': resource('b', '\n  wrong') };
    const { outcome, calls } = await plan(files, { dir: 'net', backend: 'override' });
    expect(outcome).toMatchObject({ result: 'failed', projection: null, error: null });
    expect(outcome.diagnostics[0]).toMatchObject({ severity: 'error', file: 'net/broken.tf', line: 3 });
    expect(subcommands(calls)).toEqual(['init']);
    await plan({ 'net/main.tf': resource('a', '') }, { dir: 'net', backend: 'override' });
    const again = await plan({ 'net/main.tf': resource('a', 'wrong = 1') }, { dir: 'net', backend: 'override' });
    expect(again.outcome).toMatchObject({ result: 'failed', exit_code: 1 });
    expect(again.outcome.diagnostics[0]).toMatchObject({
      file: 'net/main.tf',
      line: 2,
      summary: 'Unsupported argument',
    });
    expect(subcommands(again.calls)).toEqual(['plan']);
  });

  it('reports a failing check as a warning of a plan that stands', async () => {
    const check =
      'check "c" {\n assert {\n  condition = terraform_data.a.input == "y"\n  error_message = "not y"\n }\n}\n';
    const { outcome } = await plan({ 'main.tf': `${BACKEND}${resource('a', 'input = "x"')}${check}` });
    expect(outcome.result).toBe('planned');
    expect(outcome.diagnostics).toMatchObject([{ severity: 'warning', detail: 'not y', file: 'main.tf', line: 9 }]);
  });
});
