import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineFolder, hasBinary, removeEngineFolders, stateEnvironment } from '../support/engine.ts';
import { ADMIN_TOKEN, putRun, startStateBackend, type TestStateBackend } from '../support/state-backend.ts';
import { StateClient } from '../support/state-client.ts';

const BACKEND = 'terraform {\n  backend "http" {}\n}\n';
const RESOURCE =
  'resource "terraform_data" "a" {\n  input = "one"\n}\noutput "a" {\n  value = terraform_data.a.output\n}\n';

for (const engine of ['terraform', 'tofu']) {
  const isThere = hasBinary(engine);
  if (!isThere) console.log(`skipped: no ${engine} on PATH, so the state backend is not tried with it`);

  describe.skipIf(!isThere)(`${engine} against the state backend, from outside`, { timeout: 60_000 }, () => {
    let server: TestStateBackend;
    beforeAll(async () => {
      server = await startStateBackend();
    });
    afterAll(async () => {
      await server.remove();
      removeEngineFolders();
    });
    const address = (stack: string, token = ADMIN_TOKEN) => server.backend.access.urlFor(stack, token);
    const client = (stack: string) => new StateClient(server.url, stack, ADMIN_TOKEN);
    const folder = (stack: string, files: Record<string, string> = { 'main.tf': BACKEND + RESOURCE }) =>
      new EngineFolder(engine, files, stateEnvironment(address(stack)));
    const serials = async (stack: string) =>
      (await server.backend.history.list(stack, 50)).map((version) => version.serial).reverse();

    test('init, apply, plan again, apply a change', async () => {
      const work = folder('net/prod');
      expect(await work.run('init')).toMatchObject({ code: 0 });
      expect(await work.run('apply', '-auto-approve')).toMatchObject({ code: 0 });
      expect((await work.run('plan', '-detailed-exitcode')).code).toBe(0);
      const before = await serials('net/prod');
      work.write('main.tf', BACKEND + RESOURCE.replace('one', 'two'));
      expect(await work.run('apply', '-auto-approve')).toMatchObject({ code: 0 });
      const after = await serials('net/prod');
      expect(after.slice(0, before.length)).toEqual(before);
      expect(after.length).toBeGreaterThan(before.length);
      expect((await work.run('output', '-raw', 'a')).stdout).toBe('two');
      expect(await server.backend.locks.list(server.db)).toEqual([]);
    });

    test('a held lock stops it and names the holder; force-unlock frees it', async () => {
      const work = folder('locked');
      await work.run('init');
      await client('locked').lock('11111111-2222-3333-4444-555555555555', { Who: 'ann@laptop' });
      const refused = await work.run('apply', '-auto-approve');
      expect(refused.code).toBe(1);
      expect(refused.text).toContain('11111111-2222-3333-4444-555555555555');
      expect(await work.run('force-unlock', '-force', '11111111-2222-3333-4444-555555555555')).toMatchObject({
        code: 0,
      });
      expect(await work.run('apply', '-auto-approve')).toMatchObject({ code: 0 });
    });

    test('workspaces are refused with a clear text', async () => {
      const work = folder('workspaces');
      await work.run('init');
      const refused = await work.run('workspace', 'new', 'other');
      expect(refused.code).toBe(1);
      expect(refused.text).toContain('workspaces not supported');
    });

    test('state pull and push; an older serial and another lineage are refused', async () => {
      const work = folder('push');
      await work.run('init');
      await work.run('apply', '-auto-approve');
      const pulled = (await work.run('state', 'pull')).stdout;
      const state = JSON.parse(pulled) as { serial: number; lineage: string };
      work.write('next.tfstate', JSON.stringify({ ...state, serial: state.serial + 5 }));
      expect(await work.run('state', 'push', 'next.tfstate')).toMatchObject({ code: 0 });
      const pushed = await serials('push');
      expect(pushed.at(-1)).toBeGreaterThanOrEqual(state.serial + 5);
      work.write('foreign.tfstate', JSON.stringify({ ...state, lineage: 'foreign', serial: 99 }));
      expect((await work.run('state', 'push', '-force', 'foreign.tfstate')).code).toBe(1);
      work.write('later.tfstate', JSON.stringify({ ...state, serial: 99 }));
      expect((await work.run('state', 'push', '-lock=false', 'later.tfstate')).code).toBe(1);
      expect((await work.run('state', 'push', 'main.tf')).code).toBe(1);
      expect(await serials('push')).toEqual(pushed);
    });

    test('a local state moves in, and nothing is planned afterwards', async () => {
      const work = folder('moved', { 'main.tf': RESOURCE });
      await work.run('init');
      await work.run('apply', '-auto-approve');
      work.write('backend.tf', BACKEND);
      expect(await work.run('init', '-migrate-state', '-force-copy')).toMatchObject({ code: 0 });
      expect(await work.run('plan', '-detailed-exitcode')).toMatchObject({ code: 0 });
      expect((await client('moved').get()).status).toBe(200);
    });

    test('without a lock nothing is written: the state ends in errored.tfstate', async () => {
      const work = folder('unlocked');
      await work.run('init');
      expect((await work.run('apply', '-auto-approve', '-lock=false')).code).toBe(1);
      expect(existsSync(join(work.dir, 'errored.tfstate'))).toBe(true);
      expect(await serials('unlocked')).toEqual([]);
    });

    test("a plan with a run's token reads once and writes nothing", async () => {
      await folder('run').run('init');
      await putRun(server.db, `p-${engine}`, 'run', 'planning');
      const about = { run: `p-${engine}`, stack: 'run', phase: 'plan' as const };
      const token = await server.db.transaction().execute((tx) => server.backend.access.mint(tx, about));
      const work = new EngineFolder(engine, { 'main.tf': BACKEND + RESOURCE }, stateEnvironment(address('run', token)));
      expect(await work.run('init')).toMatchObject({ code: 0 });
      const plan = await work.run('plan', '-lock=false', '-detailed-exitcode', '-out=p');
      expect(plan).toMatchObject({ code: 2 });
      expect((await work.run('plan')).code).toBe(1);
      expect((await work.run('apply', 'p')).code).toBe(1);
      expect(await serials('run')).toEqual([]);
    });

    test('a control plane that is away at the final save is waited for', async () => {
      const own = await startStateBackend();
      const env = { ...stateEnvironment(own.backend.access.urlFor('away', ADMIN_TOKEN)), TF_HTTP_RETRY_MAX: '50' };
      const wait = 'while [ ! -e go ]; do sleep 0.05; done';
      const slow = `resource "terraform_data" "s" {\n  provisioner "local-exec" {\n    command = "${wait}"\n  }\n}\n`;
      const work = new EngineFolder(engine, { 'main.tf': BACKEND + slow }, env);
      await work.run('init');
      const applied = work.run('apply', '-auto-approve');
      await expect.poll(() => own.backend.locks.list(own.db), { timeout: 20_000 }).toHaveLength(1);
      const port = Number(new URL(own.url).port);
      await own.stop();
      writeFileSync(join(work.dir, 'go'), '');
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const again = await startStateBackend({ dir: own.dir, port });
      expect(await applied).toMatchObject({ code: 0 });
      expect(await again.backend.locks.list(again.db)).toEqual([]);
      expect(await again.backend.access.current(again.db, 'away')).toMatchObject({ lineage: expect.any(String) });
      await again.remove();
    });
  });
}
