import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import { StateInspector } from './state-inspector.ts';

const inspector = new StateInspector(systemClock);

function stateOf(size: number, tail = '}'): Buffer {
  return Buffer.from(`{"serial":4,"lineage":"l","note":${JSON.stringify('ä\\ '.repeat(size / 5))}${tail}`);
}

function* inChunks(bytes: Buffer, size = 65_536): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function inspect(bytes: Buffer, size?: number) {
  const look = inspector.inspect(inChunks(bytes, size));
  const passed: Uint8Array[] = [];
  for await (const chunk of look.bytes) passed.push(Buffer.from(chunk));
  expect(Buffer.concat(passed).equals(bytes)).toBe(true);
  return look.end();
}

test.each([[1000], [300_000], [3_000_000]])(
  'a state of %d bytes passes through, and its facts and MD5 are known',
  async (size) => {
    const bytes = stateOf(size);
    const { facts, md5 } = await inspect(bytes, 10_000);
    expect(facts).toMatchObject({ serial: 4, lineage: 'l' });
    expect(md5).toBe(createHash('md5').update(bytes).digest('hex'));
  },
);

test('many at a time do not mix', async () => {
  const all = [1, 2, 3, 4].map((nth) => stateOf(400_000 * nth));
  const told = await Promise.all(all.map((bytes) => inspect(bytes)));
  expect(told.map(({ md5 }) => md5)).toEqual(all.map((bytes) => createHash('md5').update(bytes).digest('hex')));
});

test.each([[1000], [2_000_000]])('what is no state is refused as `invalid`, at %d bytes, too', async (size) => {
  await expect(inspect(stateOf(size, ']'))).rejects.toMatchObject({ code: 'invalid', message: /no valid JSON/ });
  await expect(inspect(stateOf(size, ''))).rejects.toMatchObject({ code: 'invalid', message: /ends too early/ });
  await expect(inspect(Buffer.from(`[${' '.repeat(size)}]`))).rejects.toMatchObject({ code: 'invalid' });
});

test('a large one that is wrong at its start is not read to its end', async () => {
  let read = 0;
  function* endless() {
    for (;;) {
      read += 65_536;
      yield Buffer.alloc(65_536, 'x');
    }
  }
  const look = inspector.inspect(endless());
  const drain = async () => {
    for await (const _ of look.bytes);
  };
  await expect(drain()).rejects.toMatchObject({ code: 'invalid' });
  expect(read).toBeLessThan(20_000_000);
});

test('one that breaks off leaves nothing behind, and the next is looked at', async () => {
  function* breaking() {
    yield* inChunks(stateOf(1_000_000));
    throw new Error('the connection broke');
  }
  const look = inspector.inspect(breaking());
  const drain = async () => {
    for await (const _ of look.bytes);
  };
  await expect(drain()).rejects.toThrow('the connection broke');
  expect((await inspect(stateOf(1_000_000))).facts.serial).toBe(4);
});
