import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Header, type HeaderData, Pax } from 'tar';
import { describe, expect, it } from 'vitest';
import { DamagedTar, type TarEntry, TarReader } from './read-tar.ts';

function entry(data: HeaderData, content = ''): Buffer {
  const block = Buffer.alloc(512);
  new Header({ mode: 0o644, type: 'File', size: content.length, ...data }).encode(block);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([block, body]);
}

const end = Buffer.alloc(1024);

/** What a tar holds, read in chunks of so many bytes. */
function read(tar: Buffer, chunk = tar.length): (TarEntry & { content: string })[] {
  const found: (TarEntry & { content: string })[] = [];
  let parts: Buffer[] = [];
  let now: TarEntry | null = null;
  const reader = new TarReader({
    begin: (next) => {
      expect(now).toBeNull();
      now = next;
      parts = [];
    },
    data: (bytes) => parts.push(Buffer.from(bytes)),
    end: () => {
      if (now) found.push({ ...now, content: Buffer.concat(parts).toString() });
      now = null;
    },
  });
  for (let at = 0; at < tar.length; at += chunk) reader.push(tar.subarray(at, at + chunk));
  reader.finish();
  return found;
}

describe('TarReader', () => {
  it('reads what git archive writes, wherever the chunks are cut', () => {
    const dir = mkdtempSync(join(tmpdir(), 'holdfast-tar-'));
    try {
      const git = (...args: string[]) =>
        execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: dir });
      const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/${'ü'.repeat(70)}`;
      git('init', '--quiet');
      mkdirSync(join(dir, long), { recursive: true });
      writeFileSync(join(dir, long, 'f'), 'deep');
      writeFileSync(join(dir, 'empty'), '');
      writeFileSync(join(dir, 'run'), 'x'.repeat(1025), { mode: 0o755 });
      symlinkSync(`${'t'.repeat(120)}/x`, join(dir, 'link'));
      git('add', '.');
      git('commit', '--quiet', '-m', 'x');
      const tar = execFileSync('git', ['archive', 'HEAD'], { cwd: dir });
      const whole = read(tar);
      const brief = whole.filter(({ type }) => type !== 'Directory').map(({ path, content }) => [path, content]);
      expect(brief).toEqual([
        [`${long}/f`, 'deep'],
        ['empty', ''],
        ['link', ''],
        ['run', 'x'.repeat(1025)],
      ]);
      expect(whole.find(({ path }) => path === 'link')).toMatchObject({
        type: 'SymbolicLink',
        linkpath: `${'t'.repeat(120)}/x`,
      });
      expect((whole.at(-1)?.mode ?? 0) & 0o111).toBe(0o111);
      for (const chunk of [1, 7, 511, 512, 513, 1000]) expect(read(tar, chunk)).toEqual(whole);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('takes long names from a pax header for the next entry alone', () => {
    const path = `${'a/'.repeat(200)}b`;
    const tar = Buffer.concat([new Pax({ path }).encode(), entry({ path: 'x' }, '1'), entry({ path: 'y' }, '2'), end]);
    expect(read(tar).map((one) => [one.path, one.content])).toEqual([
      [path, '1'],
      ['y', '2'],
    ]);
  });

  const broken = entry({ path: 'a' });
  broken[0] = 98;
  const numberless = entry({ path: 'a' });
  numberless.write('9', 130);
  const sparse = Buffer.from('22 GNU.sparse.major=1\n');
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['no end', entry({ path: 'a' })],
    ['half an end', Buffer.concat([entry({ path: 'a' }), Buffer.alloc(512)])],
    ['a cut file', entry({ path: 'a' }, 'x'.repeat(600)).subarray(0, 700)],
    ['more behind the end', Buffer.concat([end, entry({ path: 'a' })])],
    ['a wrong checksum', Buffer.concat([broken, end])],
    ['a size that is no number', Buffer.concat([numberless, end])],
    ['a file with the name of a directory', Buffer.concat([entry({ path: 'a/' }), end])],
    ['a pax header that lies about its length', Buffer.concat([pax('99 path=x\n'), entry({ path: 'a' }), end])],
    ['a pax record without a length', Buffer.concat([pax('path=x\n'), entry({ path: 'a' }), end])],
    ['a pax record of length 0', Buffer.concat([pax('0 path=x\n'), entry({ path: 'a' }), end])],
    ['a pax size that is no number', Buffer.concat([pax('10 size=z\n'), entry({ path: 'a' }), end])],
    ['a negative pax size', Buffer.concat([pax('11 size=-1\n'), entry({ path: 'a' }), end])],
    ['a pax header of many megabytes', entry({ path: 'a', type: 'ExtendedHeader', size: 2 ** 24 })],
    ['a sparse file', Buffer.concat([pax(sparse.toString()), entry({ path: 'a' }), end])],
    ['a link with bytes', Buffer.concat([linkWithBytes(), end])],
  ])('throws on %s', (_name, tar) => {
    expect(() => read(tar)).toThrow(DamagedTar);
  });
});

function pax(records: string): Buffer {
  return entry({ path: 'pax', type: 'ExtendedHeader' }, records);
}

/** The library writes none: a file's header whose type and checksum are changed. */
function linkWithBytes(): Buffer {
  const block = entry({ path: 'a' }, 'x');
  block[156] = '2'.charCodeAt(0);
  const sum = Number.parseInt(block.toString('latin1', 148, 154), 8) + 2;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
