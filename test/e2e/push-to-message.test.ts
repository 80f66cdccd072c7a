import { expect, test } from 'vitest';
import { findBinary } from '../support/find-binary.ts';
import { checkPushToMessage } from '../support/instance/push-to-message.ts';

const hasRedis = findBinary('redis-server') !== null;

test.skipIf(!hasRedis)(
  'under `up` pushes seen by the poll and by a webhook become exactly their runs and messages (needs redis-server on PATH)',
  { timeout: 180_000 },
  () =>
    checkPushToMessage(async (instance) => {
      await instance.start('up');
      expect(instance.log()).toContain('"kind":"redis-server"');
    }),
);
