import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openApplyLog } from './apply-log.ts';

let runDir = '';
beforeEach(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'holdfast-apply-log-'));
});
afterEach(() => rm(runDir, { recursive: true, force: true }));

/** A stored log, appended to only at its end. */
function storedLog(text: string) {
  const log = {
    text,
    async append(offset: number, bytes: Buffer) {
      if (offset === log.text.length) log.text += bytes.toString();
      return log.text.length;
    },
  };
  return log;
}

describe("an apply's part of the log", () => {
  it("begins where the plan's ends, for every life of the worker", async () => {
    const log = storedLog('plan\n');
    const first = await openApplyLog({ runDir, storedBytes: null, append: log.append });
    expect(first.storedBytes).toBe(0);
    expect(await first.append(0, Buffer.from('one\n'))).toBe(4);
    const next = await openApplyLog({ runDir, storedBytes: log.text.length, append: log.append });
    expect(next.storedBytes).toBe(4);
    expect(await next.append(4, Buffer.from('two\n'))).toBe(8);
    // A wrong offset is answered with what is stored of this part.
    expect(await next.append(2, Buffer.from('xx'))).toBe(8);
    expect(log.text).toBe('plan\none\ntwo\n');
  });

  it('begins at the end where a worker died before it had begun', async () => {
    const log = storedLog('plan\n');
    const adopted = await openApplyLog({ runDir, storedBytes: 5, append: log.append });
    expect(adopted.storedBytes).toBe(0);
  });

  it('begins anew where the log was cut to less than its start', async () => {
    const log = storedLog('a long plan\n');
    const part = await openApplyLog({ runDir, storedBytes: null, append: log.append });
    await part.append(0, Buffer.from('one\n'));
    log.text = 'a lo';
    // What was sent is asked for again from its start …
    expect(await part.append(4, Buffer.from('two\n'))).toBe(0);
    expect(await part.append(0, Buffer.from('one\n'))).toBe(4);
    log.text = '';
    // … or, where that is what is sent, stored at once.
    expect(await part.append(0, Buffer.from('one\n'))).toBe(4);
    expect(log.text).toBe('one\n');
    expect((await openApplyLog({ runDir, storedBytes: 4, append: log.append })).storedBytes).toBe(4);
  });
});
