import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { endOf, WorkerRig } from '../support/worker-rig.ts';

const found = spawnSync('sh', ['-c', 'command -v terraform']).stdout.toString().trim();
if (found === '') console.log('skipped: test/workers/real-engine.test.ts needs terraform on PATH');

const MAIN = `
variable "count_of" { default = 2 }
resource "terraform_data" "a" {
  count = var.count_of
  input = "value \${count.index}"
}
output "ids" { value = "x" }
`;

describe.skipIf(found === '')('a worker with terraform', () => {
  let rig: WorkerRig;
  afterEach(() => rig.stop());

  /** A rig whose terraform waits for `go` before it plans. */
  async function withTerraform(): Promise<string> {
    rig = await WorkerRig.start('exit 99');
    const bin = join(rig.dir, 'bin');
    await mkdir(bin);
    const wait = `[ "$1" = plan ] && while [ ! -e ${rig.dir}/go ]; do sleep 0.02; done`;
    await writeFile(join(bin, 'terraform'), `#!/bin/sh\n${wait}\nexec ${found} "$@"\n`, { mode: 0o755 });
    const source = join(rig.dir, 'source');
    await mkdir(join(source, 'net'), { recursive: true });
    await writeFile(join(source, 'net', 'main.tf'), MAIN);
    const tar = create({ cwd: source, sync: true }, ['net']).read() as Buffer;
    rig.plane.sources.set('r1', tar);
    rig.plane.queue('r1', { dir: 'net' });
    return `${bin}:/usr/bin:/bin`;
  }

  it('plans a commit, tells it in the log, and hands in the plan', async () => {
    const path = await withTerraform();
    await rig.touch('go');
    await rig.work({ path });
    const outcome = await rig.outcomeOf('r1');
    expect(outcome).toMatchObject({ result: 'planned', exit_code: 2, error: null });
    expect(outcome.projection?.summary).toMatchObject({ add: 2, change: 0, destroy: 0 });
    expect(outcome.plan_digest).toHaveLength(64);
    expect(rig.plane.uploads.get('r1')?.subarray(0, 2).toString()).toBe('PK');
    expect(rig.plane.logOf('r1')).toContain('terraform_data.a[1]');
  });

  it('killed in the middle of a plan: the next life adopts it, and the plan is the same', async () => {
    const path = await withTerraform();
    const worker = await rig.work({ path });
    const engine = await rig.engineOf('r1');
    worker.kill('SIGKILL');
    await endOf(worker);
    await rig.work({ path });
    await until(() => rig.plane.adoptions[0]);
    await rig.touch('go');
    const outcome = await rig.outcomeOf('r1');
    expect(outcome).toMatchObject({ attempt: 2, result: 'planned', exit_code: 2 });
    expect(outcome.projection?.summary).toMatchObject({ add: 2 });
    expect(rig.plane.logOf('r1').match(/terraform_data.a\[1\]/g)).toHaveLength(1);
    expect(() => process.kill(engine.pid, 0)).toThrow('ESRCH');
  });
});
