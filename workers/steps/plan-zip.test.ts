import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPlanEntry, readPlanState, stateHead } from './plan-zip.ts';

/** A zip as Go writes one: sizes in the directory, behind the data. */
function zip(entries: Record<string, Buffer>, method: 0 | 8): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(entries)) {
    const data = method === 8 ? deflateRawSync(content) : content;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(crc32(content), 16);
    central.writeUInt32LE(data.length, 20);
    central.writeUInt32LE(content.length, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(at, 42);
    files.push(local, Buffer.from(name), data);
    directory.push(central, Buffer.from(name));
    at += 30 + name.length + data.length;
  }
  const end = Buffer.alloc(22);
  const central = Buffer.concat(directory);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, central, end]);
}

const STATE = `{"version":4,"terraform_version":"1.11.4","serial":42,"lineage":"abc-\\"d","outputs":{"serial":7},"resources":[${'"x",'.repeat(200_000)}1]}`;

describe('readPlanState', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-zip-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (bytes: Buffer) => {
    const file = join(folder, 'plan');
    writeFileSync(file, bytes);
    return readPlanState(file);
  };

  it.each([0, 8] as const)('reads serial and lineage of an entry stored with method %i', async (method) => {
    const entries = {
      tfplan: Buffer.from('plan'),
      tfstate: Buffer.from(STATE),
      'tfconfig/m-/main.tf': Buffer.from(''),
    };
    expect(await read(zip(entries, method))).toEqual({ serial: 42, lineage: 'abc-"d' });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['no zip', Buffer.alloc(100_000, 'PK')],
    ['a zip without a state', zip({ tfplan: Buffer.from('') }, 8)],
    ['a state that is none', zip({ tfstate: Buffer.from('{"outputs":{"serial":1,"lineage":"x"}}') }, 0)],
    [
      'a damaged entry',
      Buffer.from(zip({ tfstate: Buffer.from(STATE) }, 8).map((b, i) => (i > 40 && i < 80 ? 0xff : b))),
    ],
    ['a directory that lies elsewhere', Buffer.concat([Buffer.alloc(12), zip({}, 0).fill(0xff, 12, 20)])],
  ])('answers null for %s', async (_name, bytes) => {
    expect(await read(bytes)).toBeNull();
  });

  it('knows an empty state', () => {
    expect(stateHead('{\n  "version": 4,\n  "serial": 0,\n  "lineage": "",\n  "outputs": {}')).toEqual({
      serial: 0,
      lineage: '',
    });
  });
});

describe('readPlanEntry', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-zip-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const content = Buffer.from('plan '.repeat(10_000));
  const read = (bytes: Buffer, maxBytes = content.length) => {
    const file = join(folder, 'plan');
    writeFileSync(file, bytes);
    return readPlanEntry(file, 'tfplan', maxBytes);
  };

  it.each([0, 8] as const)('reads a whole entry stored with method %i', async (method) => {
    expect(await read(zip({ tfstate: Buffer.from(STATE), tfplan: content }, method))).toEqual(content);
    expect(await read(zip({ tfplan: Buffer.alloc(0) }, method))).toEqual(Buffer.alloc(0));
  });

  it('answers null for what is not there, is too large, or has changed since', async () => {
    const good = zip({ tfplan: content }, 8);
    expect(await read(zip({ tfstate: content }, 8))).toBeNull();
    expect(await read(good, content.length - 1)).toBeNull();
    for (let at = 36; at < good.length - 80; at++) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x10;
      expect(await read(bad), `byte ${at}`).toBeNull();
    }
  });

  it('does not inflate beyond what the directory says', async () => {
    const bomb = zip({ tfplan: Buffer.alloc(50 * 1024 * 1024) }, 8);
    const sizeAt = bomb.length - 22 - 46 - 'tfplan'.length + 24;
    bomb.writeUInt32LE(100, sizeAt);
    expect(await read(bomb)).toBeNull();
  });
});
