import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogLost, LogSink } from './log-sink.ts';

let dir = '';
let stored = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-sink-'));
  stored = '';
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A control plane's log: takes what begins where it ends, else says how long it is. */
const append = async (offset: number, bytes: Buffer) => {
  if (offset === Buffer.byteLength(stored)) stored += bytes.toString();
  return Buffer.byteLength(stored);
};
const sink = (limitBytes: number, storedBytes = 0) => new LogSink({ runDir: dir, limitBytes, storedBytes, append });

async function write(to: LogSink, pieces: readonly string[]) {
  for (const piece of pieces) await to.write(piece);
  await to.end();
}

describe('LogSink', () => {
  it('stores everything that fits', async () => {
    await write(sink(100), ['one\n', '', 'two\n']);
    expect(stored).toBe('one\ntwo\n');
  });

  it('stores the first and the last half, with what is left out in between', async () => {
    await write(sink(20), ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJ']);
    expect(stored).toBe('0123456789\n[0.1 MB left out]\nABCDEFGHIJ');
  });

  it('makes the same log however it is cut, also through characters', async () => {
    const text = 'äöüß€😀'.repeat(20);
    const logs = new Set<string>();
    for (const size of [1, 2, 3, 7, 50]) {
      stored = '';
      const letters = [...text];
      const pieces: string[] = [];
      for (let at = 0; at < letters.length; at += size) pieces.push(letters.slice(at, at + size).join(''));
      await write(sink(61), pieces);
      logs.add(stored);
    }
    expect(logs.size).toBe(1);
    expect([...logs].join('')).not.toContain('\ufffd');
  });

  it('goes on behind what is stored already', async () => {
    stored = '0123456789\n[0.1 MB le';
    await write(sink(20, stored.length), ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJ']);
    expect(stored).toBe('0123456789\n[0.1 MB left out]\nABCDEFGHIJ');
  });

  it('takes over what was stored although the answer was lost', async () => {
    const one = sink(100);
    await one.write('first ');
    stored = 'first ';
    await one.end();
    expect(stored).toBe('first ');
  });

  it('says so where the stored log lost its end', async () => {
    const one = sink(100);
    await one.write('first ');
    await one.flush();
    stored = 'fi';
    await one.write('second');
    await expect(one.end()).rejects.toThrow(LogLost);
    expect(one.storedBytes).toBe(2);
  });
});
