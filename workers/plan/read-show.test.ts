import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readShow } from './read-show.ts';

describe('readShow', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-show-'));
    file = join(folder, 'show.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads a plan of 20,000 resources and 170 MB in bounded memory, without stalling the event loop', {
    timeout: 60_000,
  }, async () => {
    const out = createWriteStream(file);
    const filler = JSON.stringify({ tags: { a: 'x'.repeat(1000) }, text: '"escaped\\" '.repeat(300) });
    const write = async (text: string) => {
      if (!out.write(text)) await once(out, 'drain');
    };
    const many = async (make: (i: number) => string) => {
      for (let i = 0; i < 20_000; i++) await write((i > 0 ? ',' : '') + make(i));
    };
    await write('{"format_version":"1.2","planned_values":{"root_module":{"resources":[');
    await many(() => filler);
    await write(']}},"resource_changes":[');
    await many(
      (i) =>
        `{"address":"t.a[${i}]","mode":"managed","type":"t","change":{"actions":["create"],"before":null,"after":${filler},"after_unknown":{"id":true}}}`,
    );
    await write('],"errored":false}\n');
    out.end();
    await once(out, 'close');

    const before = process.memoryUsage().rss;
    const lag = monitorEventLoopDelay({ resolution: 5 });
    lag.enable();
    const { projection, withoutAttributes } = await readShow(file, (text) => text);
    lag.disable();
    expect(projection.summary.add).toBe(20_000);
    expect(projection.changes).toHaveLength(20_000);
    expect(withoutAttributes).toBeGreaterThan(0);
    expect(JSON.stringify(projection).length).toBeLessThan(24 * 1024 * 1024);
    expect((process.memoryUsage().rss - before) / 1024 ** 2).toBeLessThan(250);
    expect(lag.percentile(99) / 1e6).toBeLessThan(50);
  });

  it('refuses what is no plan', async () => {
    for (const text of ['', 'terraform says no', '{"format_version":"2.0"}', '{"values":{}}']) {
      writeFileSync(file, text);
      await expect(readShow(file, (t) => t)).rejects.toThrow(/no plan in a format/);
    }
  });

  it('lists an entry too large to be read as one', async () => {
    const entry = (address: string, size: number) => ({
      address,
      mode: 'managed',
      change: { actions: ['create'], after: { x: 'x'.repeat(size) } },
    });
    writeFileSync(
      file,
      JSON.stringify({ format_version: '1.2', resource_changes: [entry('a', 9 * 1024 ** 2), entry('b', 9)] }),
    );
    const { oversized, projection } = await readShow(file, (text) => text);
    expect(oversized).toBe(1);
    expect(projection.changes.map(({ address }) => address)).toEqual(['b']);
  });
});
