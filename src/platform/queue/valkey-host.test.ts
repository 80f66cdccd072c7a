import { expect, test } from 'vitest';
import { stepPromptly, type ValkeyInsides } from './valkey-host.ts';

/** Valkey's side: what `act` does in the first of each two steps. */
function fakeValkey() {
  let buffer = new ArrayBuffer(64);
  let steps = 0;
  let act: (host: ReturnType<ValkeyInsides['hostImports']>) => void = () => {};
  const destroyed: number[] = [];
  const fake: ValkeyInsides = {
    listeners: new Map(),
    socks: new Map(),
    instance: {
      exports: {
        memory: {
          get buffer() {
            return buffer;
          },
        },
      },
    },
    allocFd: () => 0,
    mem: () => Buffer.alloc(0),
    hostImports: () => ({ close: (fd = 0) => destroyed.push(fd) }),
    scheduleStep() {},
    step: () => {
      if (steps++ % 2 === 0) act(host);
    },
  };
  stepPromptly(fake);
  const host = fake.hostImports();
  return {
    fake,
    host,
    destroyed,
    steps: () => steps,
    on: (next: typeof act) => {
      act = next;
    },
    grow: () => {
      buffer = buffer.transfer(128);
    },
    put: (text: string) => new Uint8Array(buffer).set(Buffer.from(text), 8),
    connect(fd: number, isRoomy = true) {
      const written: string[] = [];
      const socket = { write: (bytes: Buffer) => written.push(bytes.toString()) > 0 && isRoomy, destroy() {} };
      const client = { socket, chunks: [], off: 0, eof: false, backpressured: false };
      fake.socks.set(fd, client);
      return { client, written };
    },
  };
}

test('the pieces of a turn leave as one, each to its own connection, also out of memory that has grown', () => {
  const valkey = fakeValkey();
  const a = valkey.connect(1);
  const b = valkey.connect(2);
  valkey.on((host) => {
    valkey.put('*1\r\n');
    expect(host.write?.(1, 8, 4)).toBe(4);
    valkey.put('+OK\r\n');
    expect(host.write?.(2, 8, 5)).toBe(5);
    valkey.grow();
    valkey.put(':7\r\n');
    expect(host.write?.(1, 8, 4)).toBe(4);
    expect(a.written).toEqual([]);
  });
  valkey.fake.step();
  expect([a.written, b.written]).toEqual([['*1\r\n:7\r\n'], ['+OK\r\n']]);
  expect(valkey.steps()).toBe(2);
});

test('what was written before a connection ends is sent before it ends; one that has ended takes nothing', () => {
  const valkey = fakeValkey();
  const a = valkey.connect(1);
  valkey.on((host) => {
    valkey.put('-NOAUTH\r\n');
    host.write?.(1, 8, 9);
    host.close?.(1);
    expect(a.written).toEqual(['-NOAUTH\r\n']);
    a.client.eof = true;
    expect(host.write?.(1, 8, 9)).toBe(-1);
    expect(host.write?.(99, 8, 9)).toBe(-1);
  });
  valkey.fake.step();
  expect(valkey.destroyed).toEqual([1]);
  expect(a.written).toHaveLength(1);
});

test('a connection that takes no more for now is marked', () => {
  const valkey = fakeValkey();
  const { client } = valkey.connect(1, false);
  valkey.on((host) => void host.write?.(1, 8, 4));
  valkey.fake.step();
  expect(client.backpressured).toBe(true);
});

test('however many sockets have something to read in a turn, it is stepped once', async () => {
  const valkey = fakeValkey();
  for (let i = 0; i < 5; i++) valkey.fake.scheduleStep();
  expect(valkey.steps()).toBe(0);
  await new Promise((resolve) => setImmediate(resolve));
  expect(valkey.steps()).toBe(2);
});
