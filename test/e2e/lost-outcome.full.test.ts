import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeRepository } from '../support/git-repository.ts';
import { resource } from '../support/instance/stack-files.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { type LossyProxy, startLossyProxy } from '../support/lossy-proxy.ts';
import { until } from '../support/until.ts';

test('small sources, logs and plans travel with claim and outcome; an outcome whose answer is lost doubles nothing', {
  timeout: 180_000,
}, async () => {
  const instance = await TestInstance.make();
  let proxy: LossyProxy | null = null;
  try {
    const repository = makeRepository(join(instance.dir, 'infra'));
    const head = repository.commit({
      'small/main.tf': resource('own'),
      // Too large to go with a claim.
      'large/main.tf': 'resource "terraform_data" "big" { input = length(file("big.txt")) }\n',
      'large/big.txt': 'x'.repeat(400_000),
    });
    instance.configure({ repositories: [{ name: 'infra', url: repository.dir, poll_interval: '30d' }] });
    await instance.start('serve');
    let losses = 1;
    proxy = await startLossyProxy(instance.address, (line) => line.endsWith('/outcome') && losses-- > 0);
    await startWorkerAt(instance, proxy.url);
    const runs = await instance.settled(head, 2);
    expect(runs.map(({ stack, status }) => `${stack} ${status}`).sort()).toEqual([
      'large awaiting_approval',
      'small awaiting_approval',
    ]);
    const asked = (end: string) => proxy?.requests.filter((line) => line.endsWith(end)) ?? [];
    // Told again, a second later.
    await until(() => asked('/outcome').length === 3 || null);
    const logs = await Promise.all(runs.map(async ({ id }) => (await instance.ask(`/api/v1/runs/${id}/log`)).text()));
    for (const log of logs) {
      expect(log.match(/terraform_data\.\w+/g), log).toHaveLength(1);
      expect(log.match(/Plan: 1 to add/g)).toHaveLength(1);
    }
    expect(asked('/source')).toEqual([expect.stringContaining(runs.find(({ stack }) => stack === 'large')?.id ?? '')]);
    // A log may go before its outcome where the machine is so busy that the plan takes a second.
    expect(asked('/artifacts/plan')).toEqual([]);
    expect(await instance.stop()).toEqual([]);
  } finally {
    await proxy?.close();
    await instance.remove();
  }
});

/** A worker that knows its server and its secret from its own file, as on another machine. */
function startWorkerAt(instance: TestInstance, server: string) {
  const secret = readFileSync(join(instance.dataDir, 'worker.secret'), 'utf8').trim();
  const file = join(instance.dir, 'far.yaml');
  const worker = { name: 'far', server, secret, root: join(instance.dir, 'far') };
  writeFileSync(file, JSON.stringify({ version: 1, data_dir: './far-data', worker }), { mode: 0o600 });
  return instance.start('worker', '--config', file);
}
