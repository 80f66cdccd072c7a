import { hash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Header, type HeaderData } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpackSource } from './unpack-source.ts';

function tar(...entries: (HeaderData & { readonly content?: string })[]): Buffer {
  const blocks = entries.map(({ content = '', ...data }) => {
    const block = Buffer.alloc(512);
    new Header({ mode: 0o664, type: 'File', ...data, size: content.length }).encode(block);
    const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    body.write(content);
    return Buffer.concat([block, body]);
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

describe('unpackSource', () => {
  let folder: string;
  let target: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-unpack-'));
    target = join(folder, 'work');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const unpack = (bytes: Buffer) => unpackSource(Readable.from([bytes]), target);

  it('writes files with their executable bit alone, and empties the directory before', async () => {
    mkdirSync(target);
    writeFileSync(join(target, 'old'), '');
    const big = 'x'.repeat(200_000);
    await unpack(
      tar(
        { path: 'd/', type: 'Directory' },
        { path: 'd/a', content: 'A' },
        { path: 'e/run', mode: 0o6775, content: big },
      ),
    );
    expect(existsSync(join(target, 'old'))).toBe(false);
    expect(readFileSync(join(target, 'd/a'), 'utf8')).toBe('A');
    expect(lstatSync(join(target, 'd/a')).mode & 0o7111).toBe(0);
    expect(lstatSync(join(target, 'e/run')).mode & 0o7100).toBe(0o100);
    expect(readFileSync(join(target, 'e/run'), 'utf8')).toBe(big);
  });

  it('tells the digests of small files, however they come', async () => {
    const bytes = tar({ path: 'd/a', content: 'A' }, { path: 'e' }, { path: 'big', content: 'x'.repeat(70_000) });
    const chunks = [bytes.subarray(0, 512), bytes.subarray(512, 513), bytes.subarray(513)];
    const digests = new Map<string, string>();
    await unpackSource(Readable.from(chunks), target, { digests });
    expect(digests).toEqual(
      new Map([
        ['d/a', hash('sha256', 'A')],
        ['e', hash('sha256', '')],
      ]),
    );
  });

  it.each([
    ['a hard link', [{ path: 'a' }, { path: 'b', type: 'Link', linkpath: 'a' }], /is a Link/],
    ['a device', [{ path: 'a', type: 'CharacterDevice' }], /is a CharacterDevice/],
    ['a pipe', [{ path: 'a', type: 'FIFO' }], /is a FIFO/],
    ['an absolute path', [{ path: '/tmp/a' }], /is no path inside/],
    ['a path that climbs', [{ path: 'a/../../b' }], /is no path inside/],
    ['a file through a link', [{ path: 'a', type: 'SymbolicLink', linkpath: 'b' }, { path: 'a/x' }], /stands twice/],
    ['a file twice', [{ path: 'a' }, { path: 'a', content: 'other' }], /stands twice/],
    ['a file for a directory', [{ path: 'a' }, { path: 'a/b' }], /stands twice/],
    ['an empty link', [{ path: 'a', type: 'SymbolicLink', linkpath: '../../x' }], /leaves the repository/],
  ] as [string, HeaderData[], RegExp][])('refuses %s', async (_name, entries, message) => {
    await expect(unpack(tar(...entries))).rejects.toThrow(message);
    expect(existsSync(join(folder, 'b'))).toBe(false);
  });

  it('says that an archive came incomplete, so that it is fetched again', async () => {
    const whole = tar({ path: 'a', content: 'x'.repeat(5000) });
    await expect(unpack(whole.subarray(0, 3000))).rejects.toMatchObject({ code: 'away', treatment: { kind: 'retry' } });
    await expect(unpack(Buffer.alloc(4096, 'z'))).rejects.toMatchObject({ code: 'away' });
    await unpack(whole);
    expect(readFileSync(join(target, 'a'), 'utf8')).toHaveLength(5000);
  });

  it('passes on that the source broke off', async () => {
    const broken = Readable.from(
      (async function* () {
        yield tar({ path: 'a', content: 'x' }).subarray(0, 512);
        throw new Error('connection lost');
      })(),
    );
    await expect(unpackSource(broken, target)).rejects.toThrow('connection lost');
  });
});
