import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CatFileAnswer, CatFileParser } from './cat-file-parser.ts';
import { type Packet, PacketReader, packet, parseRefLine } from './pkt-line.ts';

const SHA = 'a'.repeat(40);

function cut(data: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (let i = 0; at < data.length; i++) {
    const size = sizes.length > 0 ? (sizes[i % sizes.length] ?? 1) : data.length;
    chunks.push(data.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const chunkSizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 5 });

test('answers are the same whatever the chunk borders', () => {
  const blobs = fc.array(fc.option(fc.uint8Array({ maxLength: 200 })), { maxLength: 10 });
  fc.assert(
    fc.property(blobs, chunkSizes, (contents, sizes) => {
      const parts = contents.flatMap((content) =>
        content === null
          ? [Buffer.from('x missing\n')]
          : [Buffer.from(`${SHA} blob ${content.length}\n`), content, Buffer.from('\n')],
      );
      const answers: CatFileAnswer[] = [];
      const parser = new CatFileParser(true, (answer) => answers.push(answer));
      for (const chunk of cut(Buffer.concat(parts), sizes)) parser.push(chunk);
      expect(answers.map((answer) => answer.content?.toString('hex') ?? null)).toEqual(
        contents.map((content) => (content === null ? null : Buffer.from(content).toString('hex'))),
      );
    }),
  );
});

test('batch-check answers carry no content, and nonsense is an error', () => {
  const answers: CatFileAnswer[] = [];
  const parser = new CatFileParser(false, (answer) => answers.push(answer));
  parser.push(Buffer.from(`${SHA} tree 29\nabc ambiguous\n`));
  expect(answers).toEqual([
    { sha: SHA, type: 'tree', size: 29, content: null },
    { sha: null, type: 'missing', size: 0, content: null },
  ]);
  expect(() => parser.push(Buffer.from('hello\n'))).toThrow(/unexpected/);
});

test('packets are the same whatever the chunk borders', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 50, unit: 'binary' }), { maxLength: 10 }),
      chunkSizes,
      (lines, sizes) => {
        const data = Buffer.from(`${lines.map(packet).join('0001')}0000`);
        const packets: Packet[] = [];
        const reader = new PacketReader();
        for (const chunk of cut(data, sizes)) packets.push(...reader.push(chunk));
        expect(packets.filter((one) => typeof one !== 'string').map(String)).toEqual(lines);
        expect(packets.at(-1)).toBe('flush');
      },
    ),
  );
  expect(() => new PacketReader().push(Buffer.from('<htm'))).toThrow('not a packet');
  expect(() => new PacketReader().push(Buffer.from('0003'))).toThrow('not a packet');
});

test('ref lines of both protocols', () => {
  expect(parseRefLine(Buffer.from(`${SHA} refs/heads/main\0multi_ack agent=git\n`))).toEqual({
    sha: SHA,
    name: 'refs/heads/main',
  });
  expect(parseRefLine(Buffer.from(`${SHA} HEAD symref-target:refs/heads/main\n`))).toEqual({ sha: SHA, name: 'HEAD' });
  expect(parseRefLine(Buffer.from('# service=git-upload-pack\n'))).toBeNull();
});
