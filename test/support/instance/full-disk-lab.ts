import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Run } from '../../../src/api/contract.ts';
import { hasBinary } from '../engine.ts';
import { makeRepository, type TestRepository } from '../git-repository.ts';
import { mountSmallDisk, type SmallDisk, whyNoSmallDisk } from '../small-disk.ts';
import { until } from '../until.ts';
import { made } from './apply-ends.ts';
import { TestInstance } from './test-instance.ts';

/** Why a full disk cannot be tried here; null where it can. */
export const whyNotFullDisk = hasBinary('terraform') ? whyNoSmallDisk() : 'needs terraform on PATH';

/** Things of the stack: more output than what is left of the last page of a file. */
export const THINGS = 41;

/** An `up` whose worker's root is a small disk, and one stack whose first thing waits for `go` while it is made. */
export class FullDiskLab {
  readonly instance: TestInstance;
  readonly disk: SmallDisk;
  readonly repository: TestRepository;

  private constructor(instance: TestInstance) {
    this.instance = instance;
    this.disk = mountSmallDisk(join(instance.dataDir, 'workers'), 16);
    this.repository = makeRepository(join(instance.dir, 'infra'));
  }

  static async open(): Promise<FullDiskLab> {
    return new FullDiskLab(await TestInstance.make());
  }

  /** Plans it, approves it, and fills the disk in the middle of its apply; answers the run's id. */
  async applyUntilFull(): Promise<string> {
    const { instance } = this;
    const begun = join(instance.dir, 'begun');
    const first = made('a', {
      command: `touch '${begun}'; until [ -e '${join(instance.dir, 'go')}' ]; do sleep 0.05; done`,
    });
    const others = Array.from({ length: THINGS - 1 }, (_, nth) => made(`t${nth}`, { after: 'a' }));
    const head = this.repository.commit({ 'net/main.tf': first + others.join('') });
    instance.configure({ repositories: [{ name: 'infra', url: this.repository.dir, poll_interval: '1s' }] });
    await instance.start('up');
    const id = (await instance.settled(head, 1))[0]?.id ?? '';
    await this.approve(id);
    await until(async () => existsSync(begun) || null, 60_000);
    this.disk.fill();
    return id;
  }

  async approve(id: string): Promise<void> {
    expect((await this.instance.cli('approve', id)).exit).toBe(0);
  }

  go(): void {
    writeFileSync(join(this.instance.dir, 'go'), '');
  }

  ended(id: string): Promise<Run> {
    return until(async () => {
      const run = await this.instance.run(id).catch(() => null);
      return run && ['applied', 'failed'].includes(run.status) ? run : null;
    }, 90_000);
  }

  async locks(): Promise<readonly object[]> {
    return JSON.parse((await this.instance.cli('locks', '--json')).stdout).locks;
  }

  async close(): Promise<void> {
    this.disk.unmount();
    await this.instance.remove();
  }
}
