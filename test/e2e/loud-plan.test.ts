import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findBinary } from '../support/find-binary.ts';
import { makeRepository } from '../support/git-repository.ts';
import { resource } from '../support/instance/stack-files.ts';
import { TestInstance } from '../support/instance/test-instance.ts';

const LIMIT = 1_000_000;

test('a plan that prints 100 MB is planned all the same; log, memory and disk stay bounded', {
  timeout: 180_000,
}, async () => {
  const instance = await TestInstance.make();
  try {
    instance.path = `${makeLoudEngine(instance.dir)}:${instance.path}`;
    const repository = makeRepository(join(instance.dir, 'infra'));
    const head = repository.commit({ 'loud/main.tf': resource('own') });
    const infra = { name: 'infra', url: repository.dir, poll_interval: '30d' };
    instance.configure({ repositories: [infra], limits: { log: `${LIMIT}B` } });
    const { pid } = await instance.start('up');
    const [run] = await instance.settled(head, 1);
    expect(run).toMatchObject({ status: 'awaiting_approval', summary: { add: 1 } });

    const log = await (await instance.ask(`/api/v1/runs/${run?.id}/log`)).text();
    expect(Buffer.byteLength(log)).toBeLessThan(LIMIT * 1.01);
    expect(log).toMatch(/MB left out/);
    expect(log).toContain('terraform_data.own');
    const worker = instance.processes().find(({ command }) => command.includes('--supervised'));
    for (const of of [pid, worker?.pid ?? 0]) expect(peakMiB(of)).toBeLessThan(300);
    expect(await instance.stop()).toEqual([]);
    expect(mebibytesIn(instance.dataDir)).toBeLessThan(20);
  } finally {
    await instance.remove();
  }
});

/** 60 MB of messages, 40 MB in a single line, then the plan. */
function makeLoudEngine(dir: string): string {
  const bin = join(dir, 'engine');
  mkdirSync(bin);
  const message = JSON.stringify({ '@level': 'info', '@message': 'x'.repeat(900), type: 'log' });
  const script = `#!/bin/sh
if [ "$1" = plan ]; then
  yes '${message}' | head -c 60000000
  echo
  head -c 40000000 /dev/zero | tr '\\0' y
  echo
fi
exec '${findBinary('terraform')}' "$@"
`;
  writeFileSync(join(bin, 'terraform'), script, { mode: 0o755 });
  return bin;
}

function peakMiB(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

function mebibytesIn(dir: string): number {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0) / 1024 ** 2;
}
