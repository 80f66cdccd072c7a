import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findBinary } from '../support/find-binary.ts';
import { makeRepository, type TestRepository } from '../support/git-repository.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

const MIRROR = process.env.HOLDFAST_TEST_MIRROR ?? null;
const terraform = findBinary('terraform');
const why = MIRROR === null ? 'HOLDFAST_TEST_MIRROR names no folder with providers' : 'terraform is not on PATH';
const isThere = MIRROR !== null && terraform !== null;
const NULL = 'registry.terraform.io/hashicorp/null';
const STACK = {
  terraform: { required_providers: { null: { source: 'hashicorp/null' } } },
  resource: { null_resource: { a: {} } },
};
const net = { name: 'net', workingDirectory: 'stacks/net', synthesizedStackPath: 'stacks/net/cdk.tf.json' };
const MANIFEST = { stacks: { net: { ...net, dependencies: [], annotations: [] } } };
const script = (stack: object) => `mkdir -p "$CDKTF_OUTDIR/stacks/net"
cat > "$CDKTF_OUTDIR/stacks/net/cdk.tf.json" <<'END'\n${JSON.stringify(stack)}\nEND
cat > "$CDKTF_OUTDIR/manifest.json" <<'END'\n${JSON.stringify(MANIFEST)}\nEND\n`;
const triggered = (value: string, version = '>= 0') => ({
  terraform: { required_providers: { null: { source: 'hashicorp/null', version } } },
  resource: { null_resource: { a: { triggers: { value } } } },
});
const LOCK = 'app/cdktf.out/stacks/net/.terraform.lock.hcl';

let instance: TestInstance;
let repository: TestRepository;
beforeEach(async () => {
  instance = await TestInstance.make();
  repository = makeRepository(join(instance.dir, 'infra'));
});
afterEach(() => instance.remove());

describe.skipIf(!isThere)(
  `providers of a CDKTF stack${isThere ? '' : ` (skipped: ${why})`}`,
  { timeout: 240_000 },
  () => {
    test('an apply takes those of its plan; a lock file in Git holds for every plan, until it is gone', async () => {
      const mirror = join(instance.dir, 'mirror');
      const versions = join(mirror, NULL);
      mkdirSync(versions, { recursive: true });
      cpSync(join(MIRROR ?? '', NULL, '1.0.0'), join(versions, '1.0.0'), { recursive: true });
      repository.commit({
        'app/synth.sh': script(STACK),
        'holdfast.yaml': 'stacks: [{name: infra, dir: app, cdktf: {command: sh synth.sh}}]\n',
      });
      instance.configure({
        repositories: [{ name: 'infra', url: repository.dir, poll_interval: '1s' }],
        providers: { mirror },
      });
      await instance.start('up');
      const first = await planned(repository.head());
      expect(await logOf(first)).toContain(`there is no \`${LOCK}\`: this plan and its apply use ${NULL} 1.0.0`);
      const lock = lockedBy(mirror);

      // A newer one comes out between plan and apply.
      cpSync(join(versions, '1.0.0'), join(versions, '1.0.1'), { recursive: true });
      for (const file of globSync(join(versions, '1.0.1', '*', 'terraform-provider-null_v1.0.0*')))
        execaSync('mv', [file, file.replace('v1.0.0', 'v1.0.1')]);
      expect((await instance.cli('approve', first, '--wait')).exit).toBe(0);

      const locked = await planned(repository.commit({ 'app/synth.sh': script(triggered('b')), [LOCK]: lock }));
      expect(await logOf(locked)).not.toContain('there is no');
      expect(keptLock(locked)).toContain('version = "1.0.0"');
      expect((await instance.cli('approve', locked, '--wait')).exit).toBe(0);

      // Another init: one whose inputs are the same keeps what it chose.
      repository.git('rm', '-q', LOCK);
      const free = await planned(repository.commit({ 'app/synth.sh': script(triggered('c', '>= 1.0')) }));
      expect(await logOf(free)).toContain(`this plan and its apply use ${NULL} 1.0.1`);
    });
  },
);

async function planned(commit: string): Promise<string> {
  const run = await until(async () => {
    const found = (await instance.runsOrNull())?.find((one) => one.stack === 'infra/net' && one.commit === commit);
    return found && ['awaiting_approval', 'failed', 'unchanged'].includes(found.status) ? found : null;
  }, 120_000).catch((error) => {
    throw new Error(`${error.message}\n${instance.log().slice(-6000)}`);
  });
  expect(run.status).toBe('awaiting_approval');
  return run.id;
}

async function logOf(run: string): Promise<string> {
  return (await instance.ask(`/api/v1/runs/${run}/log`)).text();
}

/** The lock file in the working copy of a plan that waits. */
function keptLock(run: string): string {
  const [file] = globSync(join(instance.dataDir, '**', 'kept', run, '**', LOCK), {
    exclude: (path) => path.includes('node_modules'),
  });
  return readFileSync(file ?? '', 'utf8').replaceAll(/ +/g, ' ');
}

/** What the line that the plan names makes, in a clone where the app was synthesised. */
function lockedBy(mirror: string): string {
  const clone = join(instance.dir, 'clone');
  mkdirSync(clone);
  writeFileSync(join(clone, 'cdk.tf.json'), JSON.stringify(STACK));
  const args = [`-chdir=${clone}`, 'providers', 'lock', '-platform=linux_amd64', `-fs-mirror=${mirror}`];
  writeFileSync(join(instance.dir, 'empty.tfrc'), '');
  execaSync(terraform ?? '', args, { env: { TF_CLI_CONFIG_FILE: join(instance.dir, 'empty.tfrc') } });
  return readFileSync(join(clone, '.terraform.lock.hcl'), 'utf8');
}
